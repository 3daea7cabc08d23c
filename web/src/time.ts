/** The bar of time: a slider over all days, the curves of the people under it, events as ticks, and play. */

import { byId, make } from "./dom";
import { DAYS_A_YEAR, yearOf, type CityEvent, type Curves } from "./protocol";

// Years a second, from a day a second (to live through one week of one village) to a century.
const PACES: [number, string][] = [[1 / 360, "a day"], [1 / 12, "a month"], [1, "1 year"], [5, "5 years"], [20, "20 years"], [100, "a century"]];
const CURVES: [keyof Curves, string][] = [["population", "#c9cdc6"], ["alert", "#d8503f"], ["safeguard_bays", "#8a4a42"], ["known_carriers", "#79b8b4"]];

export class TimeBar {
  playing = false;
  private pace = 3;
  private days = 1;
  private eraDay = -1;
  private curves: Curves | null = null;
  private events: CityEvent[] = [];
  private readonly slider = byId("slider", HTMLInputElement);
  private readonly canvas = byId("curves", HTMLCanvasElement);
  private readonly year = byId("year", HTMLOutputElement);
  private readonly tick = byId("tick", HTMLParagraphElement);
  private readonly playButton = byId("play", HTMLButtonElement);
  private readonly paceButton = byId("pace", HTMLButtonElement);
  private exact = 0;

  constructor(
    private readonly onDay: (day: number) => void,
    private readonly onEvent: (event: CityEvent) => void,
  ) {
    this.slider.addEventListener("input", () => this.set(Number(this.slider.value)));
    this.slider.addEventListener("pointermove", (e) => this.hover(e));
    this.slider.addEventListener("pointerleave", () => (this.tick.hidden = true));
    this.slider.addEventListener("pointerup", (e) => {
      const event = this.under(e, 4);
      if (event && Math.abs(this.exact - event.day) < this.days / 80) this.onEvent(event);
    });
    this.playButton.addEventListener("click", () => this.play(!this.playing));
    this.paceButton.addEventListener("click", () => this.setPace((this.pace + 1) % PACES.length));
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    this.setPace(this.pace);
    for (const [cls, label] of [["a", "people"], ["b", "alert and Safeguard's bays"], ["c", "carriers known"], ["d", "events"]]) {
      byId("key", HTMLParagraphElement).append(make("i", cls, "—"), ` ${label}   `);
    }
  }

  get day(): number {
    return Math.floor(this.exact);
  }

  setSpan(days: number, eraDay: number): void {
    this.days = Math.max(1, days);
    this.eraDay = eraDay;
    this.slider.max = String(this.days);
    this.show();
    this.draw();
  }

  setCurves(curves: Curves): void {
    this.curves = curves;
    this.show();
    this.draw();
  }

  setEvents(events: CityEvent[]): void {
    this.events = events;
    this.draw();
  }

  set(day: number): void {
    this.exact = Math.max(0, Math.min(this.days, day));
    this.show();
    this.onDay(this.day);
  }

  private show(): void {
    this.slider.value = String(this.day);
    const year = yearOf(this.day);
    this.year.textContent = String(year);
    const era = this.eraDay >= 0 ? yearOf(this.day - this.eraDay) : NaN;
    const people = this.curves?.population[this.curves.year.indexOf(year)] ?? 0;
    this.slider.setAttribute("aria-valuetext", `year ${year}${era >= 0 ? `, year ${era} of the infection` : ""}${people > 0 ? `, ${people} people` : ""}`);
  }

  /** Steps by whole years. */
  step(years: number): void {
    this.set(this.day + years * DAYS_A_YEAR);
  }

  play(on: boolean): void {
    if (on && this.day >= this.days) this.set(0);
    this.playing = on;
    this.playButton.textContent = on ? "▮▮" : "▷";
    this.playButton.setAttribute("aria-pressed", String(on));
    this.playButton.setAttribute("aria-label", on ? "Stop time" : "Play time");
  }

  setPace(pace: number): void {
    this.pace = pace;
    this.paceButton.textContent = PACES[pace][1];
    this.paceButton.setAttribute("aria-label", `Pace: ${PACES[pace][1]} a second`);
    this.paceButton.title = "a second";
  }

  /** Lives through some seconds of play. */
  run(seconds: number): void {
    if (!this.playing) return;
    this.set(this.exact + PACES[this.pace][0] * DAYS_A_YEAR * seconds);
    if (this.exact >= this.days) this.play(false);
  }

  private under(e: PointerEvent, pixels: number): CityEvent | null {
    const box = this.slider.getBoundingClientRect();
    const x = e.clientX - box.left;
    let best: CityEvent | null = null, near = pixels;
    for (const event of this.events) {
      const d = Math.abs((event.day / this.days) * box.width - x);
      if (d < near || (d === near && best !== null && event.weight > best.weight)) [best, near] = [event, d];
    }
    return best;
  }

  private hover(e: PointerEvent): void {
    const event = this.under(e, 5);
    this.tick.hidden = event === null;
    if (event === null) return;
    const box = this.slider.getBoundingClientRect();
    this.tick.textContent = `${yearOf(event.day)}  ${event.text}`;
    const x = (event.day / this.days) * box.width;
    this.tick.style.left = `${Math.max(0, Math.min(x - 20, box.width - this.tick.offsetWidth))}px`;
  }

  private draw(): void {
    const ratio = Math.min(2, devicePixelRatio || 1);
    const [w, h] = [this.canvas.clientWidth, this.canvas.clientHeight];
    if (w === 0) return;
    this.canvas.width = w * ratio;
    this.canvas.height = h * ratio;
    const pen = this.canvas.getContext("2d");
    if (!pen) return;
    pen.scale(ratio, ratio);
    const x = (day: number): number => (day / this.days) * w;
    if (this.eraDay > 0) {
      pen.fillStyle = "rgba(200,212,214,0.045)";
      pen.fillRect(x(this.eraDay), 0, w - x(this.eraDay), h);
    }
    if (this.curves) {
      const { year } = this.curves;
      for (const [which, colour] of CURVES) {
        const line = this.curves[which] ?? [];
        const top = which === "alert" ? 1 : which === "safeguard_bays" ? line.reduce((m, v, i) => Math.max(m, v + (this.curves?.healthy_bays[i] ?? 0)), 1) : Math.max(...line, 1);
        pen.strokeStyle = colour;
        pen.globalAlpha = which === "safeguard_bays" ? 0.7 : 0.95;
        pen.lineWidth = 1;
        pen.beginPath();
        line.forEach((v, i) => pen.lineTo(x(year[i] * DAYS_A_YEAR), h - 1 - (v / top) * (h - 8)));
        pen.stroke();
      }
      pen.globalAlpha = 1;
    }
    const heaviest = Math.max(1e-9, ...this.events.map((e) => e.weight));
    pen.fillStyle = "#ffcf87";
    for (const event of this.events) {
      const tall = 3 + 8 * (event.weight / heaviest);
      pen.globalAlpha = 0.35 + 0.6 * (event.weight / heaviest);
      pen.fillRect(Math.round(x(event.day)), h - tall, 1, tall);
    }
    pen.globalAlpha = 1;
  }
}
