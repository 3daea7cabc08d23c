/** Where the eye is and what it can see. Yaw 0 looks east and turns to the north; pitch looks up. Angles in radians. */

import type { Seen } from "./lod";
import type { Vec3 } from "./protocol";

export interface Pose {
  eye: Vec3;
  yaw: number;
  pitch: number;
}

export const PITCH_MAX = 1.55;

export function forward(pose: Pose): Vec3 {
  const flat = Math.cos(pose.pitch);
  return [Math.cos(pose.yaw) * flat, Math.sin(pose.yaw) * flat, Math.sin(pose.pitch)];
}

export function rightward(pose: Pose): Vec3 {
  return [Math.sin(pose.yaw), -Math.cos(pose.yaw), 0];
}

export function upward(pose: Pose): Vec3 {
  const [f, r] = [forward(pose), rightward(pose)];
  return [r[1] * f[2] - r[2] * f[1], r[2] * f[0] - r[0] * f[2], r[0] * f[1] - r[1] * f[0]];
}

/** The unit vector through a point of the picture, x and y in -1 .. 1, y upwards. */
export function rayThrough(pose: Pose, x: number, y: number, fov: number, aspect: number): Vec3 {
  const high = Math.tan(fov / 2), wide = high * aspect;
  const [f, r, u] = [forward(pose), rightward(pose), upward(pose)];
  const d = f.map((c, i) => c + r[i] * x * wide + u[i] * y * high) as Vec3;
  const length = Math.hypot(...d);
  return d.map((c) => c / length) as Vec3;
}

/** The pose that looks from one place at another. */
export function lookAt(eye: Vec3, at: Vec3): Pose {
  const d = at.map((c, i) => c - eye[i]) as Vec3;
  return { eye, yaw: Math.atan2(d[1], d[0]), pitch: Math.max(-PITCH_MAX, Math.min(PITCH_MAX, Math.atan2(d[2], Math.hypot(d[0], d[1])))) };
}

/** Whether a cube can be in the picture. `margin` widens the view: 1.3 sees 30 % more to each side. */
export function frustum(pose: Pose, fov: number, aspect: number, margin = 1): Seen {
  const high = Math.tan(fov / 2) * margin, wide = high * aspect;
  const [f, r, u] = [forward(pose), rightward(pose), upward(pose)];
  const planes = [
    f.map((c, i) => c * wide + r[i]), f.map((c, i) => c * wide - r[i]), f.map((c, i) => c * high + u[i]), f.map((c, i) => c * high - u[i]), f,
  ];
  const eye = [...pose.eye];
  return (x, y, z, size) => {
    const half = size / 2;
    const [cx, cy, cz] = [x + half - eye[0], y + half - eye[1], z + half - eye[2]];
    for (const n of planes) {
      const reach = (Math.abs(n[0]) + Math.abs(n[1]) + Math.abs(n[2])) * half;
      if (n[0] * cx + n[1] * cy + n[2] * cz < -reach) return false;
    }
    return true;
  };
}

/** The shorter way round from one angle to another. */
export function turn(from: number, to: number): number {
  return ((((to - from + Math.PI) % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI)) - Math.PI;
}
