import { describe, expect, it } from "vitest";
import { decodeBoxes, decodeChunks, decodeQuad, encodeChunks, encodeSolid, ProtocolError } from "../src/protocol";
import { chunkBytes, quads } from "./bytes";

it("quads come apart as they were put together, up to the largest of each part", () => {
  const words = quads(
    { at: [1, 2, 3], face: 4, w: 5, h: 6, material: 11, ao: [0, 1, 2, 3], year: 1234, foreman: 99 },
    { at: [31, 30, 29], face: 5, w: 32, h: 32, material: 255, year: 65535, foreman: 0xfffffffd },
  );
  expect(decodeQuad(words, 0)).toEqual({ x: 1, y: 2, z: 3, face: 4, w: 5, h: 6, material: 11, ao: [0, 1, 2, 3], year: 1234, foreman: 99 });
  expect(decodeQuad(words, 1)).toMatchObject({ x: 31, y: 30, z: 29, face: 5, w: 32, h: 32, material: 255, year: 65535, foreman: 0xfffffffd });
});

describe("chunks", () => {
  const words = quads({ at: [0, 0, 0], face: 1, w: 2, h: 3 }, { at: [4, 0, 0], face: 1, w: 2, h: 3 });
  const answers = [
    { from: 5, to: 9, hashLo: 1, hashHi: 2, quads: 2, words },
    { from: 0, to: 400, hashLo: 3, hashHi: 4, quads: 7, words: null },
    { from: 5, to: 5, hashLo: 0xffffffff, hashHi: 0, quads: 1, words: quads({ at: [9, 9, 9], face: 0, w: 1, h: 1 }) },
  ];

  it("are decoded in the order of the question, with bytes only for those that have some", () => {
    expect(decodeChunks(chunkBytes(answers), [{}, {}, {}])).toEqual(answers);
  });

  it("are refused when cut short, or when they are not those that were asked for", () => {
    const bytes = chunkBytes(answers);
    for (const length of [0, 3, 20, bytes.byteLength - 4]) expect(() => decodeChunks(bytes.slice(0, length), [{}, {}, {}])).toThrow(ProtocolError);
    expect(() => decodeChunks(bytes, [{}, {}])).toThrow(ProtocolError);
  });

  it("that have changed are told by what went and what came, and the others keep their order", () => {
    const quad = (x: number): Uint32Array => quads({ at: [x, 0, 0], face: 1, w: 1, h: 1 });
    const row = (...xs: number[]): Uint32Array => Uint32Array.from(xs.flatMap((x) => [...quad(x)]));
    const told = (held: number[], now: number[], gone: number[], fresh: number[]): Uint32Array | null => {
      const head = new Uint32Array([1, 5, 9, 1, 2, now.length, 2, gone.length, fresh.length]);
      const places = new Uint16Array([...gone, ...fresh]);
      const rows = row(...fresh.map((i) => now[i]));
      const bytes = new Uint8Array(head.byteLength + places.byteLength + rows.byteLength);
      bytes.set(new Uint8Array(head.buffer));
      bytes.set(new Uint8Array(places.buffer), head.byteLength);
      bytes.set(new Uint8Array(rows.buffer), head.byteLength + places.byteLength);
      for (const length of [bytes.length - 1, head.byteLength - 2]) expect(() => decodeChunks(bytes.buffer.slice(0, length), [{ held: row(...held) }])).toThrow(ProtocolError);
      expect(() => decodeChunks(bytes.buffer, [{ held: row(...held, 31) }])).toThrow(ProtocolError);
      return decodeChunks(bytes.buffer, [{ held: row(...held) }])[0].words;
    };
    expect(told([1, 2, 3, 4], [0, 1, 3, 9, 4, 8], [1], [0, 3, 5])).toEqual(row(0, 1, 3, 9, 4, 8));
    expect(told([1, 2, 3, 4], [3], [0, 1, 3], [])).toEqual(row(3));
    expect(told([1, 2], [7, 8], [0, 1], [0, 1])).toEqual(row(7, 8));
  });

  it("are asked for with signed places and the hash that is held", () => {
    const view = new DataView(encodeChunks(77, [{ level: 2, cx: -1, cy: 5, cz: -70000, hashLo: 0xdeadbeef, hashHi: 9 }]));
    expect([view.getUint32(0, true), view.getUint32(4, true)]).toEqual([77, 1]);
    expect([8, 12, 16, 20].map((o) => view.getInt32(o, true))).toEqual([2, -1, 5, -70000]);
    expect([view.getUint32(24, true), view.getUint32(28, true)]).toEqual([0xdeadbeef, 9]);
  });
});

it("boxes carry their foremen after them", () => {
  const bytes = new ArrayBuffer(4 + 2 * 28);
  const view = new DataView(bytes);
  view.setUint32(0, 2, true);
  view.setUint32(4 + 24 + 12, 360, true);
  view.setUint32(4 + 48 + 4, 41, true);
  const tile = decodeBoxes(bytes);
  expect([tile.count, tile.words.length, tile.words[8 + 3], tile.words[8 + 6]]).toEqual([2, 512 * 8, 360, 41]);
  expect(() => decodeBoxes(bytes.slice(0, 50))).toThrow(ProtocolError);
});

it("solid cells are asked for by chunk", () => {
  const view = new DataView(encodeSolid(3, [[-1, 2, 3], [4, 5, -6]]));
  expect(Array.from({ length: 8 }, (_, i) => view.getInt32(i * 4, true))).toEqual([3, 2, -1, 2, 3, 4, 5, -6]);
});
