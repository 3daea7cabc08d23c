import { beforeEach, describe, expect, it, vi } from "vitest";
import { Chunks } from "../src/chunks";
import type { ChunkAnswer, ChunkAsk } from "../src/protocol";
import type { Source } from "../src/source";
import { quads } from "./bytes";

/** A city in which a chunk changes every 1,000 days if it lies east of 0, and never if west. */
class Made {
  asked: { day: number; ask: ChunkAsk }[] = [];

  chunks(day: number, asks: readonly ChunkAsk[]): Promise<ChunkAnswer[]> {
    return Promise.resolve(
      asks.map((ask) => {
        this.asked.push({ day, ask });
        const epoch = ask.cx >= 0 ? Math.floor(day / 1000) : 0;
        const [from, to] = ask.cx >= 0 ? [epoch * 1000, epoch * 1000 + 999] : [0, 1e6];
        const hashLo = ask.level * 1e6 + Math.abs(ask.cx) * 1e4 + Math.abs(ask.cy) * 100 + Math.abs(ask.cz) + 1, hashHi = epoch + 1;
        const same = ask.hashLo === hashLo && ask.hashHi === hashHi;
        return { from, to, hashLo, hashHi, quads: 1, words: same ? null : quads({ at: [1, 1, 1], face: 1, w: 1, h: 1, year: epoch }) };
      }),
    );
  }
}

let made: Made, chunks: Chunks;
const everything = (): boolean => true;
const settled = (): Promise<void> => vi.waitFor(() => expect(chunks.full && made.asked.length > 0).toBe(true));

beforeEach(async () => {
  made = new Made();
  chunks = new Chunks(made as unknown as Source, 300_000, 1e8);
  chunks.setBounds([-256, -128, -128], [256, 128, 128]);
  chunks.look([0, 0, 0], everything);
  await settled();
});

describe("a step of the day", () => {
  it("asks for nothing while all that is held is right", () => {
    const before = made.asked.length;
    chunks.setDay(700);
    chunks.pump();
    expect(made.asked.length).toBe(before);
    expect(chunks.full).toBe(true);
  });

  it("asks only for what has changed, and says what is held", async () => {
    const before = made.asked.length;
    chunks.setDay(1500);
    chunks.pump();
    expect(chunks.full).toBe(false);
    await settled();
    const asked = made.asked.slice(before);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.every(({ ask }) => ask.cx >= 0 && ask.hashHi === 1)).toBe(true);
    expect(chunks.step.refetched).toBe(asked.length);
    expect(asked.length).toBeLessThan(chunks.wanted.length * 0.7);
  });

  it("goes back to days that are still held without a question", async () => {
    chunks.setDay(1500);
    chunks.pump();
    await settled();
    const before = made.asked.length;
    chunks.setDay(300);
    chunks.pump();
    expect(made.asked.length).toBe(before);
    expect(new Set([...chunks.blocks()].map((b) => b.words[1] >>> 16))).toEqual(new Set([0]));
  });
});

it("each quad drawn is in a page, and pages come back when chunks change", async () => {
  expect(chunks.fill(new Int32Array(6 * 4000), everything)).toBe(chunks.wanted.length);
  const used = chunks.pool.capacity - chunks.pool.freePages;
  expect(used).toBe(chunks.wanted.length);
  chunks.setDay(5000);
  chunks.pump();
  await settled();
  expect(chunks.pool.capacity - chunks.pool.freePages).toBe(used);
});

it("what lies behind the eye is fetched at leisure, and is no reason to draw the same picture again", async () => {
  const ahead = (x: number): boolean => x >= 0;
  const other = new Chunks(made as unknown as Source, 300_000, 1e8);
  other.setBounds([-256, -128, -128], [256, 128, 128]);
  other.look([0, 0, 0], ahead);
  await vi.waitFor(() => expect(other.full).toBe(true));
  const [asked, version, count] = [made.asked.length, other.version, other.count];
  other.pump();
  expect(made.asked.length).toBe(asked);
  other.ahead = true;
  other.pump();
  await vi.waitFor(() => expect(other.count).toBeGreaterThan(count));
  expect(other.version).toBe(version);
});

it("a question that fails is asked again", async () => {
  let fail = true;
  const flaky = { chunks: (day: number, asks: readonly ChunkAsk[]) => (fail ? Promise.reject(new Error("gone")) : made.chunks(day, asks)) };
  const other = new Chunks(flaky as unknown as Source, 300_000, 1e8);
  other.setBounds([-64, -64, -64], [64, 64, 64]);
  other.look([0, 0, 0], everything);
  await vi.waitFor(() => expect(other.failure).toBe("gone"));
  fail = false;
  await vi.waitFor(() => expect(other.full).toBe(true), { timeout: 4000 });
  expect(other.failure).toBeNull();
});
