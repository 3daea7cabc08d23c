/** A run that is still being lived: the bar of time grows, and whoever watches the last day stays at the last day. */

import { byId } from "./dom";
import { yearOf, type Info } from "./protocol";
import type { Source } from "./source";

export function titleOf(info: Info): string {
  const cells = info.cells >= 1e9 ? `${(info.cells / 1e9).toFixed(1)} billion cells` : `${Math.round(info.cells / 1e6)} million cells`;
  return [info.run, info.living ? `living, year ${yearOf(info.days)}` : info.label.toLowerCase(), cells, `${info.bays} bays`].join(" · ");
}

export function watchLife(source: Source, info: Info, grown: (info: Info, before: number) => void): void {
  byId("run", HTMLParagraphElement).textContent = titleOf(info);
  if (!info.living) return;
  let asking = false;
  source.watch((days, living) => {
    if (asking || (days === info.days && living === info.living)) return;
    asking = true;
    const before = info.days;
    source
      .info()
      .then((now) => {
        Object.assign(info, now);
        byId("run", HTMLParagraphElement).textContent = titleOf(info);
        grown(info, before);
      })
      .catch(() => undefined)
      .finally(() => (asking = false));
  });
}
