/**
 * The matter near the eye: chunks that are held, for the days on which they are known to be right. A step of the day asks
 * again only for those whose days are over, and says which bytes are held already.
 */

import { CHUNK, cover, distanceTo, nextDetail, standIns, type Leaf, type Seen } from "./lod";
import { PAGE, QuadPool } from "./pool";
import { CHUNKS_MAX, type ChunkAnswer, type Vec3 } from "./protocol";
import type { QuadBlock } from "./quads";
import type { Source } from "./source";

interface Version {
  from: number;
  to: number;
  hashLo: number;
  hashHi: number;
  words: Uint32Array;
  /** False where the export has no voxels: boxes must do. */
  covers: boolean;
}

interface Held {
  level: number;
  at: Vec3; // in chunks of its level
  versions: Version[];
  current: Version;
  pages: number[] | null;
  used: number;
  seen: boolean;
}

export interface ChunkStats {
  asked: number;
  sent: number;
  quads: number;
}

const VERSIONS_MAX = 6;
const PREFETCH_CELLS = 128; // what lies behind the eye is fetched ahead of time, as far as this

export class Chunks {
  readonly pool: QuadPool;
  wanted: Leaf[] = [];
  detail = 1.3;
  day = 0;
  full = false;
  /** Whether there is leisure to fetch what lies behind the eye. */
  ahead = false;
  /** Since the last change of the day: chunks looked at, chunks whose bytes came anew. */
  readonly step = { wanted: 0, asked: 0, refetched: 0 };
  readonly total: ChunkStats = { asked: 0, sent: 0, quads: 0 };
  /** Counts up whenever what is to be drawn has changed. */
  version = 0;
  failure: string | null = null;
  private readonly held = new Map<string, Held>();
  private drawn: Held[] = [];
  private inView: Version[] = [];
  private readonly flying = new Set<string>();
  private unseen = new Set<string>();
  private inFlight = 0;
  private bytes = 0;
  private clock = 0;
  private retryAt = 0;
  private low: Vec3 = [0, 0, 0];
  private high: Vec3 = [0, 0, 0];
  private eye: Vec3 = [0, 0, 0];

  constructor(
    private readonly source: Source,
    private readonly budget: number,
    private readonly bytesMax: number,
  ) {
    this.pool = new QuadPool(budget * 2);
  }

  /** The box that matter lies in; a living city outgrows it. */
  setBounds(low: Vec3, high: Vec3): void {
    this.low = low;
    this.high = high;
  }

  setDay(day: number): void {
    if (day === this.day) return;
    this.day = day;
    this.full = false;
    for (const held of this.held.values()) {
      const right = held.versions.find((v) => v.from <= day && day <= v.to);
      if (right !== undefined && right !== held.current) this.show(held, right);
    }
    this.step.wanted = this.wanted.length;
    this.step.asked = this.step.refetched = 0;
  }

  /** Chooses anew what to hold, for an eye that moved or turned. */
  look(eye: Vec3, seen: Seen): void {
    this.eye = [...eye];
    this.wanted = cover(eye, this.low, this.high, this.detail, seen);
    let quads = 0, known = 0, open = 0;
    for (const leaf of this.wanted) {
      if (!leaf.seen) continue;
      const held = this.held.get(leaf.key);
      if (held) quads += held.current.words.length / 3, known++;
      else open++;
    }
    const expected = known > 40 ? quads * (1 + open / known) : quads;
    const next = nextDetail(this.detail, expected, this.budget, open === 0);
    if (next !== this.detail) {
      this.detail = next;
      this.wanted = cover(eye, this.low, this.high, next, seen);
    }
    this.clock++;
    this.full = false;
    this.arrange();
    this.pump();
  }

  private right(held: Held | undefined): boolean {
    return held !== undefined && held.current.from <= this.day && this.day <= held.current.to;
  }

  /** Asks for what is missing: what is in view first, nearest first; the rest when nothing else is to do. */
  pump(): void {
    if (performance.now() < this.retryAt) return;
    const missing = this.wanted.filter((leaf) => !this.flying.has(leaf.key) && !this.right(this.held.get(leaf.key)));
    const visible = missing.filter((leaf) => leaf.seen);
    const waiting = this.wanted.some((leaf) => leaf.seen && this.flying.has(leaf.key));
    if (visible.length === 0 && !waiting) this.full = true;
    if (visible.length > 0) {
      while (this.inFlight < 2 && visible.length > 0) void this.fetch(visible.splice(0, this.inFlight === 0 ? 96 : 192));
    } else if (this.ahead && this.inFlight === 0 && this.bytes < this.bytesMax / 2) {
      const behind = missing.filter((leaf) => leaf.distance < PREFETCH_CELLS).slice(0, 48);
      if (behind.length > 0) void this.fetch(behind);
    }
  }

  private async fetch(leaves: Leaf[]): Promise<void> {
    const day = this.day;
    const asks = leaves.slice(0, CHUNKS_MAX).map((leaf) => {
      const held = this.held.get(leaf.key);
      if (held) this.step.asked++;
      this.flying.add(leaf.key);
      const { hashLo, hashHi, words } = held?.current ?? { hashLo: 0, hashHi: 0, words: undefined };
      return { level: leaf.level, cx: leaf.cx, cy: leaf.cy, cz: leaf.cz, hashLo, hashHi, held: words };
    });
    this.inFlight++;
    this.total.asked += asks.length;
    try {
      const answers = await this.source.chunks(day, asks);
      answers.forEach((answer, i) => this.take(leaves[i], answer));
      this.failure = null;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      this.retryAt = performance.now() + 1500;
      setTimeout(() => this.pump(), 1600);
    } finally {
      for (const leaf of leaves) this.flying.delete(leaf.key);
      this.inFlight--;
    }
    this.trim();
    this.arrange();
    this.pump();
  }

  private take(leaf: Leaf, answer: ChunkAnswer): void {
    let held = this.held.get(leaf.key);
    const same = held?.versions.find((v) => v.hashLo === answer.hashLo && v.hashHi === answer.hashHi);
    const words = answer.words ?? (answer.quads > 0 ? same?.words : undefined) ?? new Uint32Array(0);
    if (answer.words !== null && answer.quads > 0) {
      this.total.sent++;
      this.bytes += words.byteLength;
      if (held) this.step.refetched++;
    }
    const { from, to, hashLo, hashHi } = answer;
    const version: Version = { from, to, hashLo, hashHi, words, covers: answer.quads >= 0 };
    if (held === undefined) {
      held = { level: leaf.level, at: [leaf.cx, leaf.cy, leaf.cz], versions: [version], current: version, pages: null, used: this.clock, seen: leaf.seen };
      this.held.set(leaf.key, held);
      return;
    }
    held.versions.push(version);
    if (held.versions.length > VERSIONS_MAX) {
      const gone = held.versions.shift();
      if (gone && !held.versions.some((v) => v.words === gone.words)) this.bytes -= gone.words.byteLength;
    }
    const right = held.versions.find((v) => v.from <= this.day && this.day <= v.to);
    this.show(held, right ?? version);
  }

  private show(held: Held, version: Version): void {
    if (version.words !== held.current.words) {
      if (held.pages) this.pool.release(held.pages);
      held.pages = null;
    }
    held.current = version;
    this.version++;
  }

  /** Settles what stands in the picture, and brings it onto the card. */
  private arrange(): void {
    const keys = standIns(this.wanted, (key) => this.held.has(key));
    this.unseen = new Set(this.wanted.filter((leaf) => !leaf.seen).map((leaf) => leaf.key));
    const before = this.inView;
    this.drawn = [];
    for (const key of keys) {
      const held = this.held.get(key);
      if (!held) continue;
      held.used = this.clock;
      held.seen = !this.unseen.has(key);
      this.drawn.push(held);
    }
    // Nearest first: what is drawn later and lies behind is dropped before it is shaded.
    const far = new Map(this.drawn.map((held) => [held, distanceTo(this.eye, ...(held.at.map((c) => c * (CHUNK << held.level)) as Vec3), CHUNK << held.level)]));
    this.drawn.sort((a, b) => (far.get(a) ?? 0) - (far.get(b) ?? 0));
    let changed = false;
    for (const held of this.drawn) {
      if (held.pages !== null || held.current.words.length === 0) continue;
      if (!held.seen && this.pool.freePages < this.pool.capacity / 2) continue; // it will have its place when it is looked at
      held.pages = this.pool.put(held.current.words);
      if (held.pages === null) {
        this.makeRoom();
        held.pages = this.pool.put(held.current.words);
      }
      changed ||= held.seen;
    }
    this.inView = this.drawn.filter((held) => held.seen).map((held) => held.current);
    this.total.quads = this.inView.reduce((sum, version) => sum + version.words.length / 3, 0);
    // What came in behind the eye is no reason to draw the same picture again.
    if (changed || this.inView.length !== before.length || this.inView.some((version, i) => version !== before[i])) this.version++;
  }

  private makeRoom(): void {
    for (const held of this.held.values()) {
      if ((held.used === this.clock && held.seen) || held.pages === null) continue;
      this.pool.release(held.pages);
      held.pages = null;
    }
  }

  /** Forgets what was not drawn for longest while more is held than allowed. */
  private trim(): void {
    if (this.bytes < this.bytesMax) return;
    const wanted = new Set(this.wanted.map((leaf) => leaf.key));
    const old = [...this.held].filter(([key, held]) => !wanted.has(key) && held.used < this.clock).sort((a, b) => a[1].used - b[1].used);
    for (const [key, held] of old) {
      if (this.bytes < this.bytesMax * 0.8) break;
      const blocks = new Set(held.versions.map((v) => v.words));
      for (const words of blocks) this.bytes -= words.byteLength;
      if (held.pages) this.pool.release(held.pages);
      this.held.delete(key);
    }
  }

  /** Writes the pages in view as (x, y, z, level, page, quads in it) and returns how many there are. */
  fill(out: Int32Array, seen: Seen): number {
    let n = 0;
    const room = out.length / 6;
    for (const held of this.drawn) {
      const size = CHUNK << held.level;
      const [x, y, z] = [held.at[0] * size, held.at[1] * size, held.at[2] * size];
      if (held.pages === null || !seen(x, y, z, size)) continue;
      const quads = held.current.words.length / 3;
      held.pages.forEach((page, p) => {
        if (n >= room) return;
        out.set([x, y, z, held.level, page, Math.min(PAGE, quads - p * PAGE)], n * 6);
        n++;
      });
    }
    return n;
  }

  /** Cubes (x, y, z, size) that voxels stand for, so that boxes are not drawn there. */
  *covered(): Generator<[number, number, number, number]> {
    for (const held of this.drawn) {
      const size = CHUNK << held.level;
      if (held.current.covers) yield [held.at[0] * size, held.at[1] * size, held.at[2] * size, size];
    }
  }

  /** The quads that are drawn within some distance of a point. */
  *blocks(near?: Vec3, within = Infinity): Generator<QuadBlock> {
    for (const held of this.drawn) {
      const size = CHUNK << held.level;
      const origin: Vec3 = [held.at[0] * size, held.at[1] * size, held.at[2] * size];
      if (near && within < Infinity) {
        const outside = near.some((c, axis) => c < origin[axis] - within || c > origin[axis] + size + within);
        if (outside) continue;
      }
      if (held.current.words.length > 0) yield { words: held.current.words, origin, scale: 1 << held.level };
    }
  }

  /** Everything must be read again: a living run has grown past the days for which it was asked. */
  expire(from: number): void {
    for (const held of this.held.values()) for (const v of held.versions) if (v.to >= from) v.to = Math.max(v.from, from - 1);
    this.full = false;
    this.pump();
  }

  get count(): number {
    return this.held.size;
  }
}
