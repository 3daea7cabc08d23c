/**
 * Which chunks a view wants: the leaves of an octree that is finer near the eye, over roots of 128 cells. What lies
 * further away is drawn from the boxes of works.
 */

import type { Vec3 } from "./protocol";

export const CHUNK = 32;
export const TOP = 2; // levels 0..2: chunks of 32, 64 and 128 cells
export const ROOT = CHUNK << TOP;

export interface Leaf {
  key: string;
  level: number;
  cx: number;
  cy: number;
  cz: number;
  distance: number;
  /** Whether any of it can be in the picture; what is not is fetched only when there is nothing better to do. */
  seen: boolean;
}

export type Seen = (x: number, y: number, z: number, size: number) => boolean;

export function keyOf(level: number, cx: number, cy: number, cz: number): string {
  return `${level},${cx},${cy},${cz}`;
}

/** From a point to the nearest point of a cube. */
export function distanceTo(eye: Vec3, x: number, y: number, z: number, size: number): number {
  const dx = Math.max(x - eye[0], 0, eye[0] - x - size);
  const dy = Math.max(y - eye[1], 0, eye[1] - y - size);
  const dz = Math.max(z - eye[2], 0, eye[2] - z - size);
  return Math.sqrt(dx * dx + dy * dy + dz * dz);
}

/**
 * Leaves of the cover, nearest first. A chunk is split while it is nearer than `detail` times its own size, so twice the
 * detail is eight times the chunks. Roots further away than that are left to the boxes. Only within low .. high.
 */
export function cover(eye: Vec3, low: Vec3, high: Vec3, detail: number, seen: Seen): Leaf[] {
  const leaves: Leaf[] = [];
  const visit = (level: number, cx: number, cy: number, cz: number): void => {
    const size = CHUNK << level;
    const x = cx * size, y = cy * size, z = cz * size;
    if (x >= high[0] || y >= high[1] || z >= high[2] || x + size <= low[0] || y + size <= low[1] || z + size <= low[2]) return;
    const distance = distanceTo(eye, x, y, z, size);
    if (level === TOP && distance >= 2 * size * detail) return;
    if (level > 0 && distance < size * detail) {
      for (let k = 0; k < 8; k++) visit(level - 1, cx * 2 + (k & 1), cy * 2 + ((k >> 1) & 1), cz * 2 + (k >> 2));
    } else {
      leaves.push({ key: keyOf(level, cx, cy, cz), level, cx, cy, cz, distance, seen: distance < CHUNK || seen(x, y, z, size) });
    }
  };
  const reach = 2 * ROOT * detail;
  const from = (axis: 0 | 1 | 2): number => Math.floor(Math.max(eye[axis] - reach, low[axis]) / ROOT);
  const to = (axis: 0 | 1 | 2): number => Math.floor(Math.min(eye[axis] + reach, high[axis] - 1) / ROOT);
  for (let cz = from(2); cz <= to(2); cz++)
    for (let cy = from(1); cy <= to(1); cy++) for (let cx = from(0); cx <= to(0); cx++) visit(TOP, cx, cy, cz);
  return leaves.sort((a, b) => a.distance - b.distance || (a.key < b.key ? -1 : 1));
}

/** Details from which a view chooses the greatest that its budget of quads allows. */
export const DETAILS = [2.6, 2.0, 1.6, 1.3, 1.0, 0.8, 0.6, 0.45, 0.3];

/**
 * The next detail, given the quads that the present one needs. It is lowered as soon as the budget is overrun and raised
 * only when the next step would fit with ease, so that it does not swing.
 */
export function nextDetail(detail: number, quads: number, budget: number, complete: boolean): number {
  const at = Math.max(0, DETAILS.indexOf(detail));
  if (quads > budget && at < DETAILS.length - 1) return DETAILS[at + 1];
  if (complete && at > 0) {
    // Quads grow at most with the cube of the detail; a city is not full, and mostly they grow with its square.
    const growth = (DETAILS[at - 1] / DETAILS[at]) ** 2.5;
    if (quads * growth < budget * 0.85) return DETAILS[at - 1];
  }
  return DETAILS[at];
}

/**
 * The leaves to draw while some are still on their way: a missing leaf is stood in for by the coarser chunk above it or
 * by the finer ones below it, if they are held. Never both, and never a gap where something is held.
 */
export function standIns(leaves: readonly Leaf[], held: (key: string) => boolean): string[] {
  const wanted = new Map(leaves.map((leaf) => [leaf.key, leaf]));
  const parents = new Set<string>();
  const roots = new Map<string, [number, number, number]>();
  for (const leaf of leaves) {
    for (let up = 1; leaf.level + up <= TOP; up++) parents.add(keyOf(leaf.level + up, leaf.cx >> up, leaf.cy >> up, leaf.cz >> up));
    const up = TOP - leaf.level;
    const at: [number, number, number] = [leaf.cx >> up, leaf.cy >> up, leaf.cz >> up];
    roots.set(keyOf(TOP, ...at), at);
  }
  const children = (level: number, cx: number, cy: number, cz: number): [number, number, number, number][] =>
    Array.from({ length: 8 }, (_, k) => [level - 1, cx * 2 + (k & 1), cy * 2 + ((k >> 1) & 1), cz * 2 + (k >> 2)]);
  /** Keys that draw a node, and whether they draw all of it. */
  const resolve = (level: number, cx: number, cy: number, cz: number): [string[], boolean] => {
    const key = keyOf(level, cx, cy, cz);
    const leaf = wanted.get(key);
    if (leaf !== undefined || !parents.has(key)) {
      if (held(key)) return [[key], true];
      if (leaf === undefined && level === 0) return [[], false];
      if (level > 0 && leaf !== undefined) {
        const below = children(level, cx, cy, cz).map((c) => keyOf(...c));
        if (below.every(held)) return [below, true];
      }
      return [[], leaf !== undefined && !leaf.seen];
    }
    const parts: string[] = [];
    let whole = true;
    for (const child of children(level, cx, cy, cz)) {
      const childKey = keyOf(...child);
      if (!wanted.has(childKey) && !parents.has(childKey)) continue; // outside of the city
      const [keys, complete] = resolve(...child);
      parts.push(...keys);
      whole &&= complete;
    }
    if (!whole && held(key)) return [[key], true];
    return [parts, whole];
  };
  const drawn: string[] = [];
  for (const at of roots.values()) drawn.push(...resolve(TOP, ...at)[0]);
  return drawn;
}
