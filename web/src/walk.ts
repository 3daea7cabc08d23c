/** A body of 0.6 x 0.6 x 1.8 cells that falls, stands, is stopped by walls and steps up one cell. */

import { encodeKey } from "./cells";
import type { Vec3 } from "./protocol";
import type { Source } from "./source";

const HALF = 0.3;
const TALL = 1.8;
export const EYE_HEIGHT = 1.62;
const GRAVITY = 20; // cells a second squared: a brisk fall, as in games; a true one feels slow
const FALL_MAX = 55;
const STEP = 1.05;

export type Solid = (x: number, y: number, z: number) => boolean | undefined;

/** Solid cells around the walker, fetched as bits in chunks of 32^3. */
export class SolidCells {
  private readonly chunks = new Map<string, Uint8Array | null>();
  private day = -1;
  failure: string | null = null;

  constructor(private readonly source: Source) {}

  /** Whether a cell is solid; undefined while that is not known. */
  readonly at: Solid = (x, y, z) => {
    const bits = this.chunks.get(encodeKey(x >> 5, y >> 5, z >> 5));
    if (!bits) return undefined;
    const i = (((z & 31) * 32 + (y & 31)) * 32 + (x & 31)) | 0;
    return ((bits[i >> 3] >> (i & 7)) & 1) === 1;
  };

  /** Sees to it that the cells around a place are known. */
  around(foot: Vec3, day: number): void {
    if (day !== this.day) {
      this.chunks.clear();
      this.day = day;
    }
    const missing: Vec3[] = [];
    const c = foot.map((v) => Math.floor(v) >> 5);
    for (let dz = -2; dz <= 1; dz++) {
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++) {
          const at: Vec3 = [c[0] + dx, c[1] + dy, c[2] + dz];
          if (this.chunks.has(encodeKey(...at))) continue;
          this.chunks.set(encodeKey(...at), null);
          missing.push(at);
        }
    }
    if (missing.length > 0) void this.fetch(missing, day);
  }

  private async fetch(missing: Vec3[], day: number): Promise<void> {
    try {
      const all = await this.source.solid(day, missing);
      if (day !== this.day) return;
      missing.forEach((at, i) => this.chunks.set(encodeKey(...at), all[i]));
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      for (const at of missing) this.chunks.delete(encodeKey(...at));
    }
  }

  get known(): number {
    let n = 0;
    for (const bits of this.chunks.values()) if (bits) n++;
    return n;
  }
}

export interface Body {
  foot: Vec3; // middle of the sole
  fall: number; // cells a second, downwards
  standing: boolean;
}

/** Whether a body with its sole at `foot` would be inside matter. What is not known yet holds it, too. */
export function blocked(solid: Solid, [x, y, z]: Vec3): boolean {
  for (let k = Math.floor(z + 1e-4); k < z + TALL; k++)
    for (let j = Math.floor(y - HALF); j <= Math.floor(y + HALF); j++)
      for (let i = Math.floor(x - HALF); i <= Math.floor(x + HALF); i++) if (solid(i, j, k) !== false) return true;
  return false;
}

/** Moves a body by a wish (cells a second, level) through `seconds`. Changes `body`. */
export function walk(body: Body, wish: [number, number], jump: boolean, seconds: number, solid: Solid): void {
  const [fx, fy, fz] = body.foot.map(Math.floor);
  if (solid(fx, fy, fz) === undefined) return; // the ground is not known yet: wait
  // Whoever stands inside new matter is lifted out of it.
  for (let i = 0; i < 4 && blocked(solid, body.foot) && solid(fx, fy, fz + i) === true; i++) body.foot[2] = Math.floor(body.foot[2]) + 1;
  const steps = Math.max(1, Math.ceil((Math.max(Math.hypot(...wish), Math.abs(body.fall)) * seconds) / 0.25));
  const dt = seconds / steps;
  if (jump && body.standing) body.fall = -6.8;
  for (let s = 0; s < steps; s++) {
    for (const axis of [0, 1] as const) {
      const to: Vec3 = [...body.foot];
      to[axis] += wish[axis] * dt;
      if (!blocked(solid, to)) body.foot = to;
      else if (body.standing) {
        const up: Vec3 = [to[0], to[1], Math.floor(body.foot[2] + STEP)];
        const lift: Vec3 = [body.foot[0], body.foot[1], up[2]];
        if (up[2] - body.foot[2] <= STEP && !blocked(solid, lift) && !blocked(solid, up)) body.foot = up;
      }
    }
    body.fall = Math.min(FALL_MAX, body.fall + GRAVITY * dt);
    const down: Vec3 = [body.foot[0], body.foot[1], body.foot[2] - body.fall * dt];
    if (!blocked(solid, down)) {
      body.foot = down;
      body.standing = false;
    } else if (body.fall >= 0) {
      body.foot[2] = blocked(solid, [down[0], down[1], Math.floor(down[2]) + 1]) ? body.foot[2] : Math.floor(down[2]) + 1;
      body.fall = 0;
      body.standing = true;
    } else body.fall = 0;
  }
}
