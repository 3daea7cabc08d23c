/** Questions to the quads that are held: how near is the next surface, and which one does a ray meet? */

import { QUAD_WORDS, type Vec3 } from "./protocol";

/** Quads of one chunk with the corner and the size of its voxels in cells. */
export interface QuadBlock {
  words: Uint32Array;
  origin: Vec3;
  scale: number;
}

export interface Hit {
  distance: number;
  point: Vec3;
  cell: Vec3;
  face: number;
  material: number;
  year: number;
  foreman: number;
}

/** Distance from a point to the nearest quad of some blocks; `far` when none is nearer. */
export function nearestSurface(blocks: Iterable<QuadBlock>, eye: Vec3, far: number): number {
  let best = far * far;
  for (const { words, origin, scale } of blocks) {
    const local = [(eye[0] - origin[0]) / scale, (eye[1] - origin[1]) / scale, (eye[2] - origin[2]) / scale];
    for (let i = 0; i < words.length; i += QUAD_WORDS) {
      const lo = words[i];
      const face = (lo >>> 18) & 7, a = face >> 1;
      const at = [lo & 63, (lo >>> 6) & 63, (lo >>> 12) & 63];
      const u = a === 2 ? 0 : a + 1, v = a === 0 ? 2 : a - 1;
      const w = ((lo >>> 21) & 31) + 1, h = ((lo >>> 26) & 31) + 1;
      const da = at[a] + (face & 1) - local[a];
      const du = Math.max(at[u] - local[u], 0, local[u] - at[u] - w);
      const dv = Math.max(at[v] - local[v], 0, local[v] - at[v] - h);
      const square = (da * da + du * du + dv * dv) * scale * scale;
      if (square < best) best = square;
    }
  }
  return Math.sqrt(best);
}

/** The first quad that faces a ray and is met by it, or null. */
export function castRay(blocks: Iterable<QuadBlock>, from: Vec3, direction: Vec3, far: number): Hit | null {
  let best = far;
  let hit: { block: QuadBlock; i: number } | null = null;
  for (const block of blocks) {
    const { words, origin, scale } = block;
    const size = 32 * scale;
    if (!meetsCube(from, direction, origin, size, best)) continue;
    const o = [(from[0] - origin[0]) / scale, (from[1] - origin[1]) / scale, (from[2] - origin[2]) / scale];
    for (let i = 0; i < words.length; i += QUAD_WORDS) {
      const lo = words[i];
      const face = (lo >>> 18) & 7, a = face >> 1;
      const d = direction[a];
      if ((face & 1) === 1 ? d >= 0 : d <= 0) continue;
      const plane = ((lo >>> (6 * a)) & 63) + (face & 1);
      const t = (plane - o[a]) / d;
      if (t < 0 || t * scale >= best) continue;
      const u = a === 2 ? 0 : a + 1, v = a === 0 ? 2 : a - 1;
      const pu = o[u] + direction[u] * t - ((lo >>> (6 * u)) & 63);
      if (pu < 0 || pu > ((lo >>> 21) & 31) + 1) continue;
      const pv = o[v] + direction[v] * t - ((lo >>> (6 * v)) & 63);
      if (pv < 0 || pv > ((lo >>> 26) & 31) + 1) continue;
      best = t * scale;
      hit = { block, i };
    }
  }
  if (hit === null) return null;
  const { words } = hit.block;
  const face = (words[hit.i] >>> 18) & 7, a = face >> 1;
  const point = from.map((c, axis) => c + direction[axis] * best) as Vec3;
  const inside = point.map((c, axis) => (axis === a ? c + ((face & 1) === 1 ? -0.5 : 0.5) : c)) as Vec3;
  return {
    distance: best,
    point,
    cell: inside.map(Math.floor) as Vec3,
    face,
    material: words[hit.i + 1] & 255,
    year: words[hit.i + 1] >>> 16,
    foreman: words[hit.i + 2] - 1,
  };
}

function meetsCube(from: Vec3, direction: Vec3, low: Vec3, size: number, far: number): boolean {
  let enter = 0, leave = far;
  for (let axis = 0; axis < 3; axis++) {
    const inverse = 1 / direction[axis];
    const a = (low[axis] - from[axis]) * inverse, b = (low[axis] + size - from[axis]) * inverse;
    enter = Math.max(enter, Math.min(a, b));
    leave = Math.min(leave, Math.max(a, b));
  }
  return enter <= leave + 1e-6;
}
