/** What keys, mouse and fingers do. */

import { button, byId, make } from "./dom";

const KEYS: [string, string][] = [
  ["drag", "look around; orbit: turn around what is in the middle"],
  ["W A S D, arrows", "move; Shift: four times as fast"],
  ["E, Q", "up, down"],
  ["wheel, right drag", "ahead, sideways"],
  ["double click", "the mouse looks until Escape"],
  ["click", "who laid this, when, and what happened here"],
  ["one finger", "look; a tap asks"],
  ["two fingers", "move; pinch: ahead and back"],
  ["F", "fly, walk (Space jumps), orbit"],
  [", and .", "a year back, a year on; with Shift ten"],
  ["[ and ]", "a century back, a century on"],
  ["Space, P", "play, stop (walking: P)"],
  ["O", "next overlay"],
  ["N, I", "night, ink"],
  ["/", "search for a name"],
  ["V", "what mattered"],
  ["K", "follow the Wanderer"],
  ["Home", "back to where the view began"],
  ["H", "this page"],
];

export class Help {
  private readonly dialog = byId("help", HTMLDialogElement);

  constructor() {
    const list = make("dl", "");
    for (const [keys, what] of KEYS) list.append(make("dt", "", keys), make("dd", "", what));
    const close = button("close", "×", () => this.dialog.close());
    close.setAttribute("aria-label", "Close");
    this.dialog.append(close, make("h2", "", "In the city"), list);
    this.dialog.addEventListener("click", (e) => {
      if (e.target === this.dialog) this.dialog.close();
    });
  }

  toggle(): void {
    if (this.dialog.open) this.dialog.close();
    else this.dialog.showModal();
  }
}
