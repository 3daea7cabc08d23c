import { expect, it } from "vitest";
import type { Vec3 } from "../src/protocol";
import { castRay, nearestSurface, type QuadBlock } from "../src/quads";
import { quads } from "./bytes";

// The upper side of a slab 4 x 6 whose top cells are at z = 3, and the west side of a wall east of it; chunk at (64, 0, -32).
const block: QuadBlock = { words: quads({ at: [2, 5, 3], face: 5, w: 4, h: 6, year: 9 }, { at: [12, 0, 0], face: 0, w: 20, h: 20, material: 5 }), origin: [64, 0, -32], scale: 1 };

it("a ray meets what faces it, at the cell behind the face", () => {
  const hit = castRay([block], [67.5, 6.5, 10], [0, 0, -1], 100);
  expect(hit).toMatchObject({ distance: 10 - (-32 + 4), cell: [67, 6, -29], face: 5, year: 9, foreman: 4 });
  expect(castRay([block], [67.5, 6.5, -40], [0, 0, 1], 100)).toBeNull(); // from behind
  expect(castRay([block], [63.5, 6.5, 10], [0, 0, -1], 100)).toBeNull(); // beside it
  expect(castRay([block], [67.5, 6.5, 10], [0, 0, -1], 20)).toBeNull(); // out of reach
});

it("the nearest of two is hit, whatever their order", () => {
  const d = [0.8, 0, -0.6] as Vec3;
  expect(castRay([block], [67, 8, -27.5], d, 100)?.face).toBe(5);
  expect(castRay([block], [70.5, 8, -27.5], d, 100)?.material).toBe(5);
});

it("coarse voxels count in their own size", () => {
  expect(castRay([{ ...block, scale: 4 }], [64 + 3.5 * 4, 6.5 * 4, 10], [0, 0, -1], 100)?.distance).toBe(10 - (-32 + 16));
});

it("the distance to a surface is that to its nearest point", () => {
  expect(nearestSurface([block], [67, 6, -27], 50)).toBeCloseTo(1);
  expect(nearestSurface([block], [63, 1, -28], 50)).toBeCloseTo(Math.hypot(3, 4));
  expect(nearestSurface([], [0, 0, 0], 50)).toBe(50);
});
