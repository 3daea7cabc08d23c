import { expect, it } from "vitest";
import { prefixOf } from "../src/boxes";
import { Camera, viewpoints } from "../src/camera";
import { placeOn } from "../src/figures";
import { colours } from "../src/overlays";
import type { Vec3 } from "../src/protocol";
import type { Source } from "../src/source";
import { readState, writeState, type State } from "../src/state";
import { forward, frustum, lookAt, rayThrough, turn, type Pose } from "../src/view";
import { SolidCells } from "../src/walk";

const pose: Pose = { eye: [100, -50, 20], yaw: 0.7, pitch: -0.2 };
const near = (v: readonly number[]): number[] => v.map((c) => expect.closeTo(c) as number);

it("the middle of the picture is straight ahead, and its right is clockwise", () => {
  expect(rayThrough(pose, 0, 0, 1, 1.5)).toEqual(near(forward(pose)));
  expect(rayThrough({ eye: [0, 0, 0], yaw: Math.PI / 2, pitch: 0 }, 1, 0, 1, 1)[0]).toBeGreaterThan(0);
  expect(rayThrough(pose, 0, 1, 1, 1)[2]).toBeGreaterThan(forward(pose)[2]);
});

it("a cube is seen exactly if it lies within the edges of the picture", () => {
  const seen = frustum(pose, 1, 1.6);
  const at = (x: number, y: number): Vec3 => rayThrough(pose, x, y, 1, 1.6).map((c, i) => pose.eye[i] + c * 300) as Vec3;
  for (const [x, y] of [[0, 0], [0.95, 0], [-0.95, 0.95], [0, -0.95]]) {
    const [px, py, pz] = at(x, y);
    expect(seen(px - 1, py - 1, pz - 1, 2)).toBe(true);
  }
  for (const [x, y] of [[1.2, 0], [-1.2, 0], [0, 1.2], [0, -1.2]]) {
    const [px, py, pz] = at(x, y);
    expect(seen(px - 1, py - 1, pz - 1, 2)).toBe(false);
  }
  expect(seen(90, -60, 10, 20)).toBe(true); // around the eye
});

it("looks at what it was told to", () => {
  expect(forward(lookAt([0, 0, 0], [10, 10, 5]))).toEqual(near([10 / 15, 10 / 15, 5 / 15]));
  for (const side of viewpoints([7, 8, 9])) {
    const f = forward(side), far = Math.hypot(7.5 - side.eye[0], 8.5 - side.eye[1], 10.5 - side.eye[2]);
    expect(side.eye.map((c, i) => c + f[i] * far)).toEqual(near([7.5, 8.5, 10.5]));
  }
});

it("turns the shorter way", () => {
  expect(turn(3, -3)).toBeCloseTo(2 * Math.PI - 6);
  expect(turn(-3, 3)).toBeCloseTo(6 - 2 * Math.PI);
});

it("moves ahead, slowly near a surface", () => {
  const go = (clearance: number): Vec3 => {
    const camera = new Camera({ eye: [0, 0, 0], yaw: 0, pitch: 0 }, new SolidCells({} as Source), false);
    camera.clearance = clearance;
    for (let i = 0; i < 60; i++) camera.step({ ahead: 1, right: 0, up: 0, fast: false, jump: false }, 1 / 60, 0);
    return camera.pose.eye;
  };
  expect(go(5)[0]).toBeGreaterThan(3);
  expect(go(400)[0]).toBeGreaterThan(go(5)[0] * 10);
  expect(go(5)[1]).toBeCloseTo(0);
});

it("orbits around what it looks at", () => {
  const camera = new Camera({ eye: [0, 0, 0], yaw: 0, pitch: 0 }, new SolidCells({} as Source), false);
  camera.setMode("orbit", [50, 0, 0]);
  camera.look(120, 0);
  const [x, y, z] = camera.pose.eye;
  expect(Math.hypot(x - 50, y, z)).toBeCloseTo(50);
  expect(Math.abs(y)).toBeGreaterThan(5);
  expect(x + forward(camera.pose)[0] * 50).toBeCloseTo(50);
});

it("a state goes into the address and comes back", () => {
  const state: State = { pose, day: 4321, selected: "00ff00ff00ff00ff", overlay: "school", mode: "walk", night: true, ink: false, follow: "0123456789abcdef" };
  expect(readState(writeState(state))).toEqual(state);
});

it("an address from a stranger is read with care", () => {
  for (const hash of ["", "#", "#1,2,3", "#a,b,c,d,e&day=x", "#1e99,0,0,0,0&sel=<img>&overlay=../x&mode=swim", "#,,,,&day=-4"]) {
    const state = readState(hash);
    expect([state.selected, state.overlay, state.mode]).toEqual([null, null, "fly"]);
    if (state.pose) expect(state.pose.eye.every((c) => Math.abs(c) < 2 ** 24)).toBe(true);
  }
  expect(readState("#,,,,&day=-4").day).toBe(0);
  expect(readState("#1,2,3,0,9").pose?.pitch).toBeLessThan(1.6);
});

it("somebody is where they had got to", () => {
  const path = { days: [10, 20, 30], at: [[1, 0, 0], [2, 0, 0], [3, 0, 0]] as Vec3[] };
  expect([9, 10, 19, 20, 99].map((day) => placeOn(path, day)?.[0] ?? null)).toEqual([null, 1, 1, 2, 3]);
});

it("the greatest boxes come first, as many as are large enough", () => {
  const words = new Uint32Array(24);
  [[10, 10, 10], [4, 5, 5], [1, 2, 3]].forEach(([x, y, z], i) => {
    words[i * 8 + 1] = x << 16;
    words[i * 8 + 2] = y | (z << 16);
  });
  const tile = { count: 3, words };
  expect([0, 6, 7, 100, 101, 1001].map((v) => prefixOf(tile, v))).toEqual([3, 3, 2, 2, 1, 0]);
});

it("an overlay colours the classes of its legend and no others", () => {
  const out = colours(Uint8Array.of(0, 5, 1), [{ value: 0, label: "a", rgb: [10, 20, 30] }, { value: 1, label: "b", rgb: [1, 0.5, 0] }]);
  expect([...out]).toEqual([10, 20, 30, 200, 0, 0, 0, 0, 255, 128, 0, 200]);
});
