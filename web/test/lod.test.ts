import { describe, expect, it } from "vitest";
import { CHUNK, cover, DETAILS, distanceTo, keyOf, nextDetail, ROOT, standIns, type Leaf } from "../src/lod";
import type { Vec3 } from "../src/protocol";

const LOW: Vec3 = [-500, -300, -200], HIGH: Vec3 = [700, 400, 300];
const all = (): boolean => true;

/** How many leaves contain a point. */
function hits(leaves: readonly { level: number; cx: number; cy: number; cz: number }[], p: Vec3): number {
  return leaves.filter(({ level, cx, cy, cz }) => [cx, cy, cz].every((c, i) => Math.floor(p[i] / (CHUNK << level)) === c)).length;
}

function points(n: number): Vec3[] {
  let seed = 12345;
  const next = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
  return Array.from({ length: n }, () => [0, 1, 2].map((i) => Math.floor(LOW[i] + next() * (HIGH[i] - LOW[i]))) as Vec3);
}

describe("a cover", () => {
  const eye: Vec3 = [13, -40, 22];
  it.each([0.3, 0.8, 1.3, 2])("of detail %f holds every near point once, and none twice", (detail) => {
    const leaves = cover(eye, LOW, HIGH, detail, all);
    for (const p of points(400)) {
      const n = hits(leaves, p);
      expect(n).toBeLessThanOrEqual(1);
      const root = p.map((c) => Math.floor(c / ROOT) * ROOT);
      if (distanceTo(eye, root[0], root[1], root[2], ROOT) < 2 * ROOT * detail) expect(n).toBe(1);
    }
  });

  it("is finest around the eye and comes nearest first", () => {
    const leaves = cover(eye, LOW, HIGH, 1.3, all);
    expect(leaves.find((leaf) => hits([leaf], eye) === 1)?.level).toBe(0);
    expect(leaves.every((leaf, i) => i === 0 || leaf.distance >= leaves[i - 1].distance)).toBe(true);
    expect(new Set(leaves.map((leaf) => leaf.level))).toEqual(new Set([0, 1, 2]));
  });

  it("leaves out what lies beyond the city, and marks what is out of sight", () => {
    expect(cover([9000, 9000, 9000], LOW, HIGH, 1.3, all)).toEqual([]);
    const ahead = cover(eye, LOW, HIGH, 1.3, (x) => x > eye[0]);
    expect(ahead.some((leaf) => leaf.seen) && ahead.some((leaf) => !leaf.seen)).toBe(true);
  });
});

describe("the detail", () => {
  it("falls when the budget is overrun, rises only with room to spare, and rests between", () => {
    expect(nextDetail(1.3, 500_001, 500_000, true)).toBe(1.0);
    expect(nextDetail(1.3, 480_000, 500_000, true)).toBe(1.3);
    expect(nextDetail(1.3, 100_000, 500_000, true)).toBe(1.6);
    expect(nextDetail(1.3, 100_000, 500_000, false)).toBe(1.3);
    expect(nextDetail(DETAILS[DETAILS.length - 1], 1e9, 1, true)).toBe(DETAILS[DETAILS.length - 1]);
  });

  it("never swings between two steps, however quads grow with it", () => {
    for (const power of [1.5, 2, 2.4]) {
      for (const scale of [2e3, 2e4, 1e5, 9e5]) {
        let detail = 1.3;
        const seen: number[] = [];
        for (let i = 0; i < 30; i++) seen.push((detail = nextDetail(detail, scale * detail ** power, 300_000, true)));
        expect(new Set(seen.slice(-5)).size).toBe(1);
      }
    }
  });
});

describe("stand-ins", () => {
  const leaf = (level: number, cx: number, cy: number, cz: number): Leaf => ({ key: keyOf(level, cx, cy, cz), level, cx, cy, cz, distance: 0, seen: true });
  const eight = (level: number): Leaf[] => Array.from({ length: 8 }, (_, k) => leaf(level, k & 1, (k >> 1) & 1, k >> 2));

  it("are not needed when all wanted leaves are held", () => {
    const leaves = eight(1);
    expect(standIns(leaves, () => true).sort()).toEqual(leaves.map((l) => l.key).sort());
  });

  it("keep the coarse chunk until the last of the finer ones is here", () => {
    const leaves = eight(1);
    const held = new Set([...leaves.slice(0, 7).map((l) => l.key), "2,0,0,0"]);
    expect(standIns(leaves, (key) => held.has(key))).toEqual(["2,0,0,0"]);
  });

  it("do not wait for what is out of sight", () => {
    const leaves = eight(1);
    leaves[7].seen = false;
    const held = new Set([...leaves.slice(0, 7).map((l) => l.key), "2,0,0,0"]);
    expect(standIns(leaves, (key) => held.has(key)).length).toBe(7);
  });

  it("draw finer ones while the coarse one is on its way, and part of a root rather than nothing", () => {
    const held = new Set(eight(1).map((l) => l.key));
    expect(standIns([leaf(2, 0, 0, 0)], (key) => held.has(key)).length).toBe(8);
    expect(standIns(eight(1), (key) => key === "1,0,0,0")).toEqual(["1,0,0,0"]);
  });

  it("never draw the same place twice, whatever is held", () => {
    const leaves = cover([13, -40, 22], LOW, HIGH, 0.8, all);
    let seed = 7;
    const keys = new Set<string>();
    for (const l of leaves)
      for (let up = 0; l.level + up <= 2; up++) if ((seed = (seed * 16807) % 2147483647) % 3) keys.add(keyOf(l.level + up, l.cx >> up, l.cy >> up, l.cz >> up));
    const drawn = standIns(leaves, (key) => keys.has(key)).map((key) => key.split(",").map(Number)).map(([level, cx, cy, cz]) => ({ level, cx, cy, cz }));
    expect(drawn.length).toBeGreaterThan(30);
    for (const p of points(300)) expect(hits(drawn, p)).toBeLessThanOrEqual(1);
  });
});
