/** The words and bytes that server and page exchange: types of the JSON answers, decoders of the binary ones. */

export type Vec3 = [number, number, number];

export interface MaterialInfo {
  name: string;
  rgb: Vec3;
  glow: number;
}

export interface KindInfo {
  number: number;
  name: string;
  spoiler: boolean;
}

export interface Info {
  run: string;
  label: string;
  days: number;
  era_day: number;
  living: boolean;
  spoilers_allowed: boolean;
  low: Vec3;
  high: Vec3;
  cells: number;
  bays: number;
  start: { eye: Vec3; yaw: number; pitch: number };
  materials: MaterialInfo[];
  schools: { name: string; called: string }[];
  foremen: number;
  kinds: KindInfo[];
  words: Record<string, string>;
  tiles: [number, number, number, number][];
  tile_cells: number;
  site?: { days: number[] };
}

export interface CityEvent {
  name: string;
  day: number;
  kind: number;
  kind_name: string;
  who: string | null;
  whom: string | null;
  place: string | null;
  at: Vec3 | null;
  text: string;
  weight: number;
  cause: string | null;
}

export interface Named {
  name: string;
  called: string;
}

export interface Pick {
  cell: Vec3;
  distance: number;
  face: number;
  material: number | string;
  work: { serial: number; kind: string } | null;
  laid: number | null;
  vanishes: number | null;
  foreman: (Named & { serial: number }) | null;
  ancestors: Named[];
  generations: number;
  school: (Named & { founded: number }) | null;
  allegiance: string | null;
  events: CityEvent[];
}

export interface Thing {
  name: string;
  called: string;
  what: string;
  facts: [string, string | number | null][];
  born: number | null;
  died: number | null;
  at: Vec3 | null;
  events: CityEvent[];
  path: boolean;
}

export interface Path {
  days: number[];
  at: Vec3[];
}

export interface Found extends Named {
  what: string;
  at: Vec3 | null;
}

export interface Figure {
  what: string;
  name: string;
  called: string;
  at: Vec3;
  bay: string | null;
}

export interface LegendEntry {
  value: number;
  label: string;
  rgb: Vec3;
}

export interface Curves {
  year: number[];
  population: number[];
  villages: number[];
  alert: number[];
  units: number[];
  safeguard_bays: number[];
  authority_bays: number[];
  healthy_bays: number[];
  carriers?: number[];
  known_carriers: number[];
  loci: number[];
  works: number[];
}

export const DAYS_A_YEAR = 360;
export const BOX_WORDS = 8;
/** Boxes come in whole rows of the texture that they are drawn from. */
export const BOXES_A_ROW = 512;
export const QUAD_WORDS = 3;
export const CHUNKS_MAX = 512;

/** A chunk is asked for with the hash of what the page holds of it already. */
export interface ChunkAsk {
  level: number;
  cx: number;
  cy: number;
  cz: number;
  hashLo: number;
  hashHi: number;
  /** The quads that the hash is of. They are not sent: an answer may be a change of them. */
  held?: Uint32Array;
}

/** What a chunk is on every day of [from, to]. `words` is null when what the page holds is still right. */
export interface ChunkAnswer {
  from: number;
  to: number;
  hashLo: number;
  hashHi: number;
  quads: number;
  words: Uint32Array | null;
}

export interface BoxTile {
  count: number;
  /** 8 words a box, with room for whole rows: 6 as they lie in the answer, the serial of its foreman, 0. The shader takes them apart. */
  words: Uint32Array;
}

export class ProtocolError extends Error {}

/** The boxes of a tile. Throws ProtocolError when the answer is cut short. */
export function decodeBoxes(bytes: ArrayBuffer): BoxTile {
  if (bytes.byteLength < 4) throw new ProtocolError("boxes: an answer of less than 4 bytes");
  const count = new DataView(bytes).getUint32(0, true);
  if (bytes.byteLength < 4 + count * 28) throw new ProtocolError(`boxes: ${bytes.byteLength} bytes for ${count} boxes`);
  const shapes = new Uint32Array(bytes, 4, count * 6), foremen = new Uint32Array(bytes, 4 + count * 24, count);
  const words = new Uint32Array(Math.ceil(count / BOXES_A_ROW) * BOXES_A_ROW * BOX_WORDS);
  for (let i = 0, from = 0, to = 0; i < count; i++, to += BOX_WORDS) {
    for (let k = 0; k < 6; k++) words[to + k] = shapes[from++];
    words[to + 6] = foremen[i];
  }
  return { count, words };
}

export function encodeChunks(day: number, asks: readonly ChunkAsk[]): ArrayBuffer {
  const bytes = new ArrayBuffer(8 + asks.length * 24);
  const view = new DataView(bytes);
  view.setUint32(0, day, true);
  view.setUint32(4, asks.length, true);
  asks.forEach((ask, i) => {
    const o = 8 + i * 24;
    view.setInt32(o, ask.level, true);
    view.setInt32(o + 4, ask.cx, true);
    view.setInt32(o + 8, ask.cy, true);
    view.setInt32(o + 12, ask.cz, true);
    view.setUint32(o + 16, ask.hashLo, true);
    view.setUint32(o + 20, ask.hashHi, true);
  });
  return bytes;
}

/** What follows the head of an answer. */
const WHOLE = 1, CHANGE = 2;

/** The quads `held` with a change made, and where in the answer it ends. */
function changed(held: Uint32Array, view: DataView, at: number, quads: number): { words: Uint32Array; end: number } {
  const cut = new ProtocolError("chunks: a change is cut short");
  if (at + 8 > view.byteLength) throw cut;
  const gone = view.getUint32(at, true), fresh = view.getUint32(at + 4, true);
  const end = at + 8 + 2 * (gone + fresh) + 12 * fresh;
  if (end > view.byteLength) throw cut;
  if (held.length / QUAD_WORDS - gone + fresh !== quads) throw new ProtocolError("chunks: a change of other quads than those that are held");
  const bytes = view.buffer as ArrayBuffer;
  const places = new Uint16Array(bytes.slice(at + 8, at + 8 + 2 * (gone + fresh)));
  const rows = new Uint32Array(bytes.slice(end - 12 * fresh, end));
  const words = new Uint32Array(quads * QUAD_WORDS);
  let from = 0, g = 0, f = 0;
  for (let to = 0; to < quads; to++) {
    if (f < fresh && places[gone + f] === to) {
      words.set(rows.subarray(f * QUAD_WORDS, (f + 1) * QUAD_WORDS), to * QUAD_WORDS);
      f++;
      continue;
    }
    while (g < gone && places[g] === from) g++, from++;
    words.set(held.subarray(from * QUAD_WORDS, (from + 1) * QUAD_WORDS), to * QUAD_WORDS);
    from++;
  }
  return { words, end };
}

/** The answers to `asks`, in their order; a change is made to the quads that are held. Throws ProtocolError. */
export function decodeChunks(bytes: ArrayBuffer, asks: readonly { held?: Uint32Array }[]): ChunkAnswer[] {
  const view = new DataView(bytes);
  if (bytes.byteLength < 4 || view.getUint32(0, true) !== asks.length) throw new ProtocolError(`chunks: not the ${asks.length} that were asked for`);
  if (bytes.byteLength < 4 + asks.length * 24) throw new ProtocolError("chunks: the heads are cut short");
  const answers: ChunkAnswer[] = [];
  let at = 4 + asks.length * 24;
  for (let i = 0; i < asks.length; i++) {
    const o = 4 + i * 24;
    const quads = view.getUint32(o + 16, true), follows = view.getUint32(o + 20, true);
    let words: Uint32Array | null = null;
    if (follows === WHOLE) {
      const end = at + quads * 12;
      if (end > bytes.byteLength) throw new ProtocolError("chunks: the quads are cut short");
      words = new Uint32Array(bytes.slice(at, end));
      at = end;
    } else if (follows === CHANGE) {
      ({ words, end: at } = changed(asks[i].held ?? new Uint32Array(0), view, at, quads));
    }
    answers.push({
      from: view.getUint32(o, true),
      to: view.getUint32(o + 4, true),
      hashLo: view.getUint32(o + 8, true),
      hashHi: view.getUint32(o + 12, true),
      quads,
      words,
    });
  }
  return answers;
}

export function encodeSolid(day: number, at: readonly Vec3[]): ArrayBuffer {
  const bytes = new ArrayBuffer(8 + at.length * 12);
  const view = new DataView(bytes);
  view.setUint32(0, day, true);
  view.setUint32(4, at.length, true);
  at.forEach((c, i) => c.forEach((v, axis) => view.setInt32(8 + i * 12 + axis * 4, v, true)));
  return bytes;
}

/** A quad taken apart. Coordinates in voxels of its chunk; u and v are the two axes after the face's own. */
export interface Quad {
  x: number;
  y: number;
  z: number;
  face: number;
  w: number;
  h: number;
  material: number;
  ao: [number, number, number, number];
  year: number;
  foreman: number;
}

export function decodeQuad(words: Uint32Array, i: number): Quad {
  const lo = words[i * 3], hi = words[i * 3 + 1];
  return {
    x: lo & 63,
    y: (lo >>> 6) & 63,
    z: (lo >>> 12) & 63,
    face: (lo >>> 18) & 7,
    w: ((lo >>> 21) & 31) + 1,
    h: ((lo >>> 26) & 31) + 1,
    material: hi & 255,
    ao: [(hi >>> 8) & 3, (hi >>> 10) & 3, (hi >>> 12) & 3, (hi >>> 14) & 3],
    year: hi >>> 16,
    foreman: words[i * 3 + 2] - 1,
  };
}

export function yearOf(day: number): number {
  return Math.floor(day / DAYS_A_YEAR);
}
