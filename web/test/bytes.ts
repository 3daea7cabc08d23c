/** Answers in bytes, as a server would send them: the inverse of the decoders. */

import type { ChunkAnswer } from "../src/protocol";

export interface QuadSpec {
  at: [number, number, number];
  face: number;
  w: number;
  h: number;
  material?: number;
  ao?: [number, number, number, number];
  year?: number;
  foreman?: number;
}

export function quads(...list: QuadSpec[]): Uint32Array {
  return Uint32Array.from(
    list.flatMap(({ at, face, w, h, material = 2, ao = [3, 3, 3, 3], year = 7, foreman = 4 }) => [
      at[0] | (at[1] << 6) | (at[2] << 12) | (face << 18) | ((w - 1) << 21) | ((h - 1) << 26),
      material | (ao[0] << 8) | (ao[1] << 10) | (ao[2] << 12) | (ao[3] << 14) | (year << 16),
      foreman + 1,
    ]),
    (v) => v >>> 0,
  );
}

export function chunkBytes(answers: readonly ChunkAnswer[]): ArrayBuffer {
  const words: number[] = [answers.length];
  for (const a of answers) words.push(a.from, a.to, a.hashLo, a.hashHi, a.quads, a.words ? 1 : 0);
  for (const a of answers) if (a.words) words.push(...a.words);
  return Uint32Array.from(words, (v) => v >>> 0).buffer;
}
