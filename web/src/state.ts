/** The address says what is looked at: `#x,y,z,yaw,pitch&day=...&sel=...&overlay=...&mode=...`. */

import type { Pose } from "./view";
import { PITCH_MAX } from "./view";

export const MODES = ["fly", "walk", "orbit"] as const;
export type Mode = (typeof MODES)[number];

export interface State {
  pose: Pose | null;
  day: number | null;
  selected: string | null;
  overlay: string | null;
  mode: Mode;
  night: boolean;
  ink: boolean;
  follow: string | null;
}

export function readState(hash: string): State {
  const [place, ...rest] = hash.replace(/^#/, "").split("&");
  const words = new URLSearchParams(rest.join("&"));
  const numbers = place.split(",").map(Number);
  const good = numbers.length === 5 && numbers.every((n) => Number.isFinite(n) && Math.abs(n) < 2 ** 24);
  const [x, y, z, yaw, pitch] = numbers;
  const name = (key: string): string | null => {
    const value = words.get(key);
    return value !== null && /^[0-9a-f]{16}$/.test(value) ? value : null;
  };
  const day = Number(words.get("day") ?? NaN);
  const mode = MODES.find((m) => m === words.get("mode")) ?? "fly";
  const overlay = words.get("overlay");
  return {
    pose: good ? { eye: [x, y, z], yaw, pitch: Math.max(-PITCH_MAX, Math.min(PITCH_MAX, pitch)) } : null,
    day: Number.isFinite(day) ? Math.max(0, Math.floor(day)) : null,
    selected: name("sel"),
    overlay: overlay !== null && /^[a-z]+$/.test(overlay) ? overlay : null,
    mode,
    night: words.get("night") === "1",
    ink: words.get("ink") === "1",
    follow: name("follow"),
  };
}

export function writeState(state: State): string {
  const { pose } = state;
  const parts = [pose ? [...pose.eye.map((c) => c.toFixed(2)), pose.yaw.toFixed(4), pose.pitch.toFixed(4)].join(",") : ""];
  if (state.day !== null) parts.push(`day=${state.day}`);
  if (state.selected) parts.push(`sel=${state.selected}`);
  if (state.overlay) parts.push(`overlay=${state.overlay}`);
  if (state.mode !== "fly") parts.push(`mode=${state.mode}`);
  if (state.night) parts.push("night=1");
  if (state.ink) parts.push("ink=1");
  if (state.follow) parts.push(`follow=${state.follow}`);
  return `#${parts.join("&")}`;
}
