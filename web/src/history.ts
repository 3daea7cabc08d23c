/** The card: what a cell is and who laid it, who somebody was, what happened. Every name leads to its own card. */

import { button, byId, make } from "./dom";
import { yearOf, type CityEvent, type Info, type Named, type Pick, type Thing } from "./protocol";

export interface CardDeeds {
  openThing(name: string): void;
  openEvent(event: CityEvent): void;
  fly(to: [number, number, number]): void;
  follow(name: string | null): void;
  setDay(day: number): void;
  closed(): void;
}

const FACES = ["west", "east", "south", "north", "under", "upper"];

export class Card {
  private readonly aside = byId("card", HTMLElement);
  following: string | null = null;

  constructor(
    private readonly info: Info,
    private readonly deeds: CardDeeds,
  ) {}

  close(): void {
    this.aside.hidden = true;
    this.deeds.closed();
  }

  get open(): boolean {
    return !this.aside.hidden;
  }

  private show(title: string, what: string, ...parts: (Node | null)[]): void {
    const close = button("close", "×", () => this.close());
    close.setAttribute("aria-label", "Close");
    this.aside.replaceChildren(close, make("h2", "", title), make("p", "what", what), ...parts.filter((p) => p !== null));
    this.aside.hidden = false;
    this.aside.scrollTop = 0;
  }

  private link(thing: Named): HTMLButtonElement {
    return button("link", thing.called, () => this.deeds.openThing(thing.name));
  }

  private dated(day: number): HTMLButtonElement {
    const link = button("link", `year ${yearOf(day)}, day ${(day % 360) + 1}`, () => this.deeds.setDay(day));
    link.title = "go to this day";
    return link;
  }

  private facts(rows: [string, Node | string | number | null | undefined][]): HTMLDListElement {
    const list = make("dl", "");
    for (const [label, value] of rows) if (value !== null && value !== undefined && value !== "") list.append(make("dt", "", label), make("dd", "", value));
    return list;
  }

  private eventList(title: string, events: readonly CityEvent[]): HTMLElement | null {
    if (events.length === 0) return null;
    const secrets = new Set(this.info.kinds.filter((k) => k.spoiler).map((k) => k.number));
    const list = make("ul", "events");
    for (const event of events) {
      const row = button("", "", () => this.deeds.openEvent(event));
      row.replaceChildren(make("span", "year", yearOf(event.day)), make("span", secrets.has(event.kind) ? "secret" : "", event.text));
      list.append(make("li", "", row));
    }
    return make("div", "", title ? make("h3", "", title) : null, list);
  }

  private material(which: number | string): string {
    const name = typeof which === "number" ? (this.info.materials[which]?.name ?? `material ${which}`) : which;
    return name.toLowerCase().replaceAll("_", " ");
  }

  showPick(pick: Pick): void {
    const [x, y, z] = pick.cell;
    const tall = pick.ancestors.length;
    const line = make("p", "");
    pick.ancestors.forEach((a, i) => line.append(...(i > 0 ? [" ← "] : []), this.link(a)));
    this.show(
      this.material(pick.material),
      `${FACES[pick.face] ?? ""} side of cell ${x}, ${y}, ${z}`,
      this.facts([
        ["laid", pick.laid !== null ? this.dated(pick.laid) : null],
        ["vanishes", pick.vanishes !== null ? this.dated(pick.vanishes) : null],
        ["part of", pick.work ? pick.work.kind.toLowerCase().replaceAll("_", " ") : null],
        ["by", pick.foreman ? this.link(pick.foreman) : null],
        ["school", pick.school ? this.link(pick.school) : null],
        ["obeys", pick.allegiance?.toLowerCase()],
      ]),
      tall > 0 ? make("div", "", make("h3", "", pick.generations > tall ? `ancestors (${tall} of ${pick.generations})` : "ancestors"), line) : null,
      this.eventList("here", pick.events),
    );
  }

  /** Without a server the page knows no more than the quad itself says. */
  showQuad(material: number, cell: readonly number[], face: number, year: number): void {
    this.show(this.material(material), `${FACES[face] ?? ""} side of cell ${cell.join(", ")}`, this.facts([["laid", `year ${year}`]]));
  }

  showThing(thing: Thing): void {
    const deeds = make("div", "deeds");
    const at = thing.at;
    if (at) deeds.append(button("", "go there", () => this.deeds.fly(at)));
    if (thing.path) {
      const on = this.following === thing.name;
      const follow = button("", on ? "stop following" : "follow", () => this.deeds.follow(on ? null : thing.name));
      follow.setAttribute("aria-pressed", String(on));
      deeds.append(follow);
    }
    this.show(
      thing.called,
      thing.what,
      this.facts([
        ["from", thing.born !== null ? this.dated(thing.born) : null],
        ["to", thing.died !== null ? this.dated(thing.died) : null],
        ...thing.facts,
      ]),
      deeds.childElementCount > 0 ? deeds : null,
      this.eventList("what happened", thing.events),
    );
  }

  showEvents(events: readonly CityEvent[]): void {
    this.show("What mattered", `${events.length} events`, this.eventList("", events));
  }

  showEvent(event: CityEvent, about: Named[]): void {
    const names = make("p", "");
    about.forEach((a, i) => names.append(...(i > 0 ? [", "] : []), this.link(a)));
    this.show(event.text, `year ${yearOf(event.day)}, day ${(event.day % 360) + 1}`, about.length > 0 ? names : null);
  }
}
