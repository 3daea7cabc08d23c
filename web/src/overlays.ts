/** Colours laid over the bays of foremen: whom they obey, whom they spare, their school, their age, the infection, what the Wanderer knows. */

import { button, byId, make } from "./dom";
import type { Materials } from "./materials";
import { yearOf, type LegendEntry } from "./protocol";
import type { Source } from "./source";

export const OVERLAYS: [string, string][] = [
  ["none", "none"], ["allegiance", "whom the bays obey"], ["school", "schools"], ["age", "age of the bays"],
  ["infection", "the infection"], ["recognition", "whom the bays take for citizens"], ["known", "what the Wanderer knows"],
];

const KNOWN: LegendEntry[] = [
  { value: 0, label: "unknown to him", rgb: [26, 30, 33] },
  { value: 1, label: "known once", rgb: [92, 110, 116] },
  { value: 2, label: "known now", rgb: [255, 207, 135] },
];

/** Four bytes a foreman, from the class of each and the colours of the classes; what the legend omits stays bare. */
export function colours(classes: Uint8Array, legend: readonly LegendEntry[]): Uint8Array {
  const table = new Uint8Array(1024);
  for (const { value, rgb } of legend) {
    const bytes = rgb.some((c) => c > 1) ? rgb : rgb.map((c) => Math.round(c * 255));
    table.set([...bytes, 200], (value & 255) * 4);
  }
  const out = new Uint8Array(classes.length * 4);
  classes.forEach((c, i) => out.set(table.subarray(c * 4, c * 4 + 4), i * 4));
  return out;
}

export class Overlays {
  kind: string | null = null;
  private day = 0;
  private shownYear = NaN;
  private busy = false;
  private readonly legends = new Map<string, LegendEntry[]>();
  private readonly list = byId("overlays", HTMLDivElement);

  constructor(
    private readonly source: Source,
    private readonly materials: Materials,
    private readonly changed: () => void,
    private readonly failed: (line: string) => void,
  ) {
    for (const [kind, label] of OVERLAYS) {
      const choice = button("", label, () => void this.choose(kind === "none" ? null : kind));
      choice.dataset["kind"] = kind;
      this.list.append(choice);
    }
    this.mark();
  }

  async choose(kind: string | null): Promise<void> {
    this.kind = OVERLAYS.some(([k]) => k === kind && k !== "none") ? kind : null;
    this.shownYear = NaN;
    this.mark();
    await this.refresh();
  }

  /** The next one in the list. */
  next(): Promise<void> {
    const at = OVERLAYS.findIndex(([k]) => k === (this.kind ?? "none"));
    const [kind] = OVERLAYS[(at + 1) % OVERLAYS.length];
    return this.choose(kind === "none" ? null : kind);
  }

  setDay(day: number): void {
    this.day = day;
    void this.refresh();
  }

  private mark(): void {
    for (const choice of this.list.children) choice.setAttribute("aria-pressed", String((choice as HTMLElement).dataset["kind"] === (this.kind ?? "none")));
  }

  private async refresh(): Promise<void> {
    if (this.busy) return;
    const kind = this.kind, year = yearOf(this.day), day = this.day;
    if (kind !== null && year === this.shownYear) return;
    this.busy = true;
    try {
      if (kind === null) {
        this.materials.setOverlay(null);
        this.legend([]);
      } else {
        const legend = this.legends.get(kind) ?? (kind === "known" ? KNOWN : await this.source.legend(kind));
        this.legends.set(kind, legend);
        const classes = kind === "known" ? await this.source.known(day) : await this.source.overlay(kind, day);
        if (this.kind === kind) {
          this.materials.setOverlay(colours(classes, legend));
          const present = new Set(classes);
          this.legend(legend.filter((entry) => present.has(entry.value)));
        }
      }
      this.shownYear = year;
      this.changed();
    } catch (error) {
      this.kind = null;
      this.mark();
      this.materials.setOverlay(null);
      this.failed(error instanceof Error ? error.message : String(error));
    } finally {
      this.busy = false;
    }
    if (this.kind !== kind || (this.kind !== null && yearOf(this.day) !== this.shownYear)) await this.refresh();
  }

  private legend(entries: readonly LegendEntry[]): void {
    byId("legend", HTMLUListElement).replaceChildren(
      ...entries.map(({ label, rgb }) => {
        const chip = make("canvas", "");
        chip.width = chip.height = 1;
        const pen = chip.getContext("2d");
        if (pen) {
          pen.fillStyle = `rgb(${(rgb.some((c) => c > 1) ? rgb : rgb.map((c) => c * 255)).join(" ")})`;
          pen.fillRect(0, 0, 1, 1);
        }
        return make("li", "", chip, label);
      }),
    );
  }
}
