/** The eye: it flies, walks or circles, glides to a place, and goes along with somebody. */

import type { Wish } from "./hands";
import type { Vec3 } from "./protocol";
import type { Mode } from "./state";
import { forward, lookAt, PITCH_MAX, rightward, turn, upward, type Pose } from "./view";
import { EYE_HEIGHT, walk, type Body, type SolidCells } from "./walk";

const WALK_SPEED = 4.6;
const RUN_SPEED = 9;

interface Flight {
  from: Pose;
  to: Pose;
  seconds: number;
  gone: number;
  done: () => void;
}

export class Camera {
  pose: Pose;
  mode: Mode = "fly";
  /** Cells to the nearest surface: whoever is near one goes slowly. */
  clearance = 50;
  readonly body: Body = { foot: [0, 0, 0], fall: 0, standing: false };
  private flight: Flight | null = null;
  private speed: Vec3 = [0, 0, 0];
  private pivot: Vec3 | null = null;

  constructor(
    start: Pose,
    private readonly solid: SolidCells,
    private readonly still: boolean, // the reader prefers reduced motion
  ) {
    this.pose = start;
  }

  setMode(mode: Mode, pivot: Vec3 | null): void {
    this.mode = mode;
    this.speed = [0, 0, 0];
    this.flight = null;
    if (mode === "walk") {
      const [x, y, z] = this.pose.eye;
      Object.assign(this.body, { foot: [x, y, z - EYE_HEIGHT], fall: 0, standing: false });
    }
    this.pivot = mode === "orbit" ? (pivot ?? (this.pose.eye.map((c, i) => c + forward(this.pose)[i] * 80) as Vec3)) : null;
  }

  /** Puts the eye somewhere at once. */
  place(pose: Pose): void {
    this.flight = null;
    this.pose = { eye: [...pose.eye], yaw: pose.yaw, pitch: Math.max(-PITCH_MAX, Math.min(PITCH_MAX, pose.pitch)) };
    this.speed = [0, 0, 0];
    if (this.mode !== "fly") this.setMode(this.mode, null);
  }

  /** Glides to a pose; at once for whoever prefers reduced motion. */
  flyTo(to: Pose): Promise<void> {
    if (this.mode === "walk") this.mode = "fly";
    const way = Math.hypot(...to.eye.map((c, i) => c - this.pose.eye[i]));
    if (this.still) {
      this.place(to);
      return Promise.resolve();
    }
    this.flight?.done();
    return new Promise((done) => {
      this.flight = { from: this.pose, to, seconds: Math.min(2.6, 0.7 + way / 1500), gone: 0, done };
    });
  }

  /** Moves along with somebody: the eye keeps its place beside them. */
  shift(d: Vec3): void {
    this.pose = { ...this.pose, eye: this.pose.eye.map((c, i) => c + d[i]) as Vec3 };
    if (this.pivot) this.pivot = this.pivot.map((c, i) => c + d[i]) as Vec3;
  }

  look(dx: number, dy: number): void {
    this.flight?.done();
    this.flight = null;
    const yaw = this.pose.yaw + dx * 0.0042, pitch = Math.max(-PITCH_MAX, Math.min(PITCH_MAX, this.pose.pitch + dy * 0.0042));
    if (this.mode === "orbit" && this.pivot) {
      const far = Math.hypot(...this.pose.eye.map((c, i) => c - (this.pivot as Vec3)[i]));
      const around: Pose = { eye: [0, 0, 0], yaw: this.pose.yaw - dx * 0.0055, pitch: Math.max(-PITCH_MAX, Math.min(PITCH_MAX, this.pose.pitch - dy * 0.0055)) };
      const f = forward(around);
      this.pose = { ...around, eye: this.pivot.map((c, i) => c - f[i] * far) as Vec3 };
      return;
    }
    this.pose = { eye: this.pose.eye, yaw, pitch };
  }

  shove(dx: number, dy: number, ahead: number): void {
    if (this.mode === "walk") return;
    this.flight?.done();
    this.flight = null;
    const pace = Math.max(1, Math.min(60, this.clearance * 0.5));
    const [f, r, u] = [forward(this.pose), rightward(this.pose), upward(this.pose)];
    if (this.mode === "orbit" && this.pivot && ahead !== 0 && dx === 0 && dy === 0) {
      const pivot = this.pivot;
      this.pose = { ...this.pose, eye: this.pose.eye.map((c, i) => pivot[i] + (c - pivot[i]) * 0.9 ** ahead) as Vec3 };
      return;
    }
    this.shift([0, 1, 2].map((i) => f[i] * ahead * pace + (-r[i] * dx + u[i] * dy) * pace * 0.012) as Vec3);
  }

  get moving(): boolean {
    return this.flight !== null || Math.hypot(...this.speed) > 0.01 || (this.mode === "walk" && !this.body.standing);
  }

  /** Lives through some seconds. Returns whether the picture has changed. */
  step(wish: Wish, seconds: number, day: number): boolean {
    if (this.flight) return this.glide(seconds);
    if (this.mode === "walk") return this.walk(wish, seconds, day);
    const [f, r] = [forward(this.pose), rightward(this.pose)];
    const fastest = Math.max(5, Math.min(900, this.clearance * 1.5)) * (wish.fast ? 4 : 1);
    const goal = [0, 1, 2].map((i) => (f[i] * wish.ahead + r[i] * wish.right + (i === 2 ? wish.up : 0)) * fastest) as Vec3;
    const ease = 1 - Math.exp(-seconds * 9);
    this.speed = this.speed.map((c, i) => c + (goal[i] - c) * ease) as Vec3;
    if (Math.hypot(...this.speed) < 0.05) {
      this.speed = [0, 0, 0];
      return false;
    }
    this.shift(this.speed.map((c) => c * seconds) as Vec3);
    return true;
  }

  private walk(wish: Wish, seconds: number, day: number): boolean {
    this.solid.around(this.body.foot, day);
    const pace = wish.fast ? RUN_SPEED : WALK_SPEED;
    const [c, s] = [Math.cos(this.pose.yaw), Math.sin(this.pose.yaw)];
    const length = Math.max(1, Math.hypot(wish.ahead, wish.right));
    const level: [number, number] = [((c * wish.ahead + s * wish.right) * pace) / length, ((s * wish.ahead - c * wish.right) * pace) / length];
    const before = this.pose.eye;
    walk(this.body, level, wish.jump, seconds, this.solid.at);
    const eye: Vec3 = [this.body.foot[0], this.body.foot[1], this.body.foot[2] + EYE_HEIGHT];
    // The head follows a step up softly.
    const lift = eye[2] - before[2];
    if (lift > 0.05 && lift < 1.3) eye[2] = before[2] + lift * (1 - Math.exp(-seconds * 14));
    this.pose = { ...this.pose, eye };
    return eye.some((v, i) => Math.abs(v - before[i]) > 1e-4);
  }

  private glide(seconds: number): boolean {
    const flight = this.flight as Flight;
    flight.gone = Math.min(flight.seconds, flight.gone + seconds);
    const t = flight.gone / flight.seconds, s = t * t * t * (t * (t * 6 - 15) + 10);
    const { from, to } = flight;
    this.pose = {
      eye: from.eye.map((c, i) => c + (to.eye[i] - c) * s) as Vec3,
      yaw: from.yaw + turn(from.yaw, to.yaw) * s,
      pitch: from.pitch + (to.pitch - from.pitch) * s,
    };
    if (t >= 1) {
      this.flight = null;
      flight.done();
    }
    return true;
  }
}

/** Places from which to look at somewhere, the better ones first: a little above and some way off. */
export function viewpoints(at: Vec3): Pose[] {
  const middle: Vec3 = [at[0] + 0.5, at[1] + 0.5, at[2] + 1.5];
  return [0, 1, 2, 3, 4, 5, 6, 7].map((k) => {
    const angle = 0.6 + (k * Math.PI) / 4;
    const far = 34;
    return lookAt([middle[0] + Math.cos(angle) * far, middle[1] + Math.sin(angle) * far, middle[2] + 11], middle);
  });
}
