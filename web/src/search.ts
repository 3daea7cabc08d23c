/** A name is typed, and whoever bears it is listed. */

import { button, byId, make } from "./dom";
import type { Source } from "./source";

export class Search {
  readonly field = byId("query", HTMLInputElement);
  private readonly list = byId("found", HTMLUListElement);
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly source: Source,
    private readonly open: (name: string) => void,
    private readonly failed: (line: string) => void,
  ) {
    this.field.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.search(), 180);
    });
    this.field.addEventListener("keydown", (e) => {
      if (e.key === "Enter") this.list.querySelector("button")?.click();
    });
  }

  private async search(): Promise<void> {
    const text = this.field.value.trim();
    if (text === "") return this.list.replaceChildren();
    try {
      const found = await this.source.search(text);
      if (this.field.value.trim() !== text) return;
      const rows = found.map((f) => make("li", "", row(f.called, f.what, () => this.open(f.name))));
      this.list.replaceChildren(...(rows.length > 0 ? rows : [make("li", "", "nobody of that name")]));
    } catch (error) {
      this.failed(error instanceof Error ? error.message : String(error));
    }
  }
}

function row(called: string, what: string, act: () => void): HTMLButtonElement {
  const element = button("", "", act);
  element.append(make("span", "", what), called);
  return element;
}
