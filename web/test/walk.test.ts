import { describe, expect, it } from "vitest";
import type { Vec3 } from "../src/protocol";
import type { Source } from "../src/source";
import { blocked, SolidCells, walk, type Body, type Solid } from "../src/walk";

// A floor at z < 0, a step of one cell at x >= 4, a wall of three at x >= 8, a low ceiling over y >= 6, a shaft at x < -4.
const solid: Solid = (x, y, z) => {
  if (x < -4) return false;
  if (z < 0) return true;
  if (x >= 8) return z < 3;
  if (y >= 6 && z >= 1) return true;
  return x >= 4 && z < 1;
};

function live(from: Vec3, wish: [number, number], seconds: number): Body {
  const body: Body = { foot: [...from], fall: 0, standing: false };
  for (let t = 0; t < seconds; t += 1 / 60) walk(body, wish, false, 1 / 60, solid);
  return body;
}

describe("a body", () => {
  it("falls and stands on the floor", () => {
    const body = live([0.5, 0.5, 12], [0, 0], 2);
    expect(body.foot[2]).toBe(0);
    expect(body.standing).toBe(true);
  });

  it("does not fall through at any speed", () => {
    const body: Body = { foot: [0.5, 0.5, 40], fall: 55, standing: false };
    for (let i = 0; i < 20; i++) walk(body, [0, 0], false, 0.1, solid);
    expect(body.foot[2]).toBe(0);
  });

  it("steps up one cell and is stopped by three", () => {
    const body = live([0.5, 0.5, 0], [5, 0], 3);
    expect(body.foot[2]).toBe(1);
    expect(body.foot[0]).toBeGreaterThan(7);
    expect(body.foot[0]).toBeLessThanOrEqual(7.7);
    expect(blocked(solid, body.foot)).toBe(false);
  });

  it("does not go where it is too low to stand", () => {
    expect(live([0.5, 0.5, 0], [0, 5], 3).foot[1]).toBeLessThanOrEqual(5.7);
  });

  it("slides along a wall", () => {
    expect(live([7.2, -20, 1], [3, 3], 2).foot[1]).toBeGreaterThan(-15);
  });

  it("jumps a little more than a cell, and lands", () => {
    const body: Body = { foot: [0.5, 0.5, 0], fall: 0, standing: true };
    let top = 0;
    for (let i = 0; i < 120; i++) {
      walk(body, [0, 0], i === 0, 1 / 60, solid);
      top = Math.max(top, body.foot[2]);
    }
    expect(top).toBeGreaterThan(1);
    expect(top).toBeLessThan(1.5);
    expect(body.foot[2]).toBe(0);
  });

  it("falls for ever where there is no floor, and no faster than it may", () => {
    const body = live([-10, 0, 0], [0, 0], 5);
    expect(body.standing).toBe(false);
    expect(body.fall).toBe(55);
  });

  it("waits while the ground is not known", () => {
    const body: Body = { foot: [0, 0, 5], fall: 0, standing: false };
    walk(body, [4, 0], false, 0.1, () => undefined);
    expect(body.foot).toEqual([0, 0, 5]);
  });
});

it("solid cells are read bit by bit, below zero too", async () => {
  const asked: Vec3[] = [];
  const source = {
    solid: (_: number, at: readonly Vec3[]) => {
      asked.push(...at);
      return Promise.resolve(
        at.map((c) => {
          const bits = new Uint8Array(4096);
          if (c.join() === "-1,0,0") bits[((5 * 32 + 6) * 32 + 31) >> 3] |= 1 << (31 & 7); // cell (-1, 6, 5)
          return bits;
        }),
      );
    },
  };
  const cells = new SolidCells(source as unknown as Source);
  expect(cells.at(0, 0, 0)).toBeUndefined();
  cells.around([0, 0, 0], 9);
  await new Promise((done) => setTimeout(done));
  expect(cells.at(-1, 6, 5)).toBe(true);
  expect([cells.at(-2, 6, 5), cells.at(0, 6, 5), cells.at(-1, 6, 4)]).toEqual([false, false, false]);
  const before = asked.length;
  cells.around([1, 1, 1], 9);
  expect(asked.length).toBe(before);
  cells.around([1, 1, 1], 10); // another day, other cells
  expect(asked.length).toBe(before * 2);
});
