import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SiteSource } from "../src/site";
import { quads } from "./bytes";

const words = quads({ at: [1, 2, 3], face: 0, w: 1, h: 1 });
const event = (day: number, kind: number, weight: number): object => ({ name: `${day}`, day, kind, weight, who: "aa", whom: null, place: null });
const FILES: Record<string, unknown> = {
  "data/info.json": { days: 1000, site: { days: [100, 900] }, kinds: [{ number: 5, name: "HIDDEN", spoiler: true }, { number: 6, name: "OPEN", spoiler: false }] },
  "data/chunks-100.json": { "0,1,2,3": [90, 130, "0000000a0000000b", 1] },
  "data/chunks-900.json": { "0,1,2,3": [800, 950, "0000000a0000000c", 1], "0,0,0,0": [800, 1000, "0000000000000000", 0] },
  "data/mesh/0000000a0000000b.bin": words,
  "data/mesh/0000000a0000000c.bin": words,
  "data/events.json": [event(10, 6, 1), event(20, 5, 9), event(30, 6, 5)],
  "data/things/aa.json": { name: "aa", events: [event(10, 6, 1), event(20, 5, 9)] },
  "data/search.json": [{ called: "Killy" }, { called: "Somebody" }],
};

let source: SiteSource;
beforeEach(async () => {
  vi.stubGlobal("fetch", (path: string) => {
    const file = FILES[path];
    if (file === undefined) return Promise.resolve(new Response("", { status: 404 }));
    return Promise.resolve(new Response(file instanceof Uint32Array ? new Uint8Array(file.buffer as ArrayBuffer) : JSON.stringify(file)));
  });
  source = new SiteSource();
  await source.info();
});
afterEach(() => vi.unstubAllGlobals());

const ask = { level: 0, cx: 1, cy: 2, cz: 3, hashLo: 0, hashHi: 0 };

it("a chunk comes from the list of the nearest exported day, with its interval and its hash", async () => {
  const [chunk] = await source.chunks(120, [ask]);
  expect(chunk).toEqual({ from: 90, to: 130, hashLo: 0xb, hashHi: 0xa, quads: 1, words });
  const [held] = await source.chunks(120, [{ ...ask, hashLo: 0xb, hashHi: 0xa }]);
  expect(held.words).toBeNull();
});

it("what holds on other days only, or was not exported, leaves its place to the boxes", async () => {
  for (const chunk of [...(await source.chunks(500, [ask])), ...(await source.chunks(900, [{ ...ask, cx: 77 }]))]) expect(chunk).toMatchObject({ quads: -1, words: null });
  expect((await source.chunks(900, [{ ...ask, cx: 0, cy: 0, cz: 0 }]))[0]).toMatchObject({ quads: 0 });
});

it("events and lives keep secrets until they are asked for", async () => {
  expect((await source.events({})).map((e) => e.day)).toEqual([10, 30]);
  expect((await source.events({ spoilers: true, top: 2 })).map((e) => e.day)).toEqual([20, 30]);
  expect((await source.events({ spoilers: true, from: 15, kinds: [6] })).map((e) => e.day)).toEqual([30]);
  expect((await source.thing("aa", false)).events.length).toBe(1);
  expect((await source.thing("aa", true)).events.length).toBe(2);
});

it("names are found, and what only a server knows is refused in words", async () => {
  expect((await source.search("KILL")).map((f) => f.called)).toEqual(["Killy"]);
  await expect(source.pick()).rejects.toThrow("megastructure watch");
  await expect(source.thing("bb", false)).rejects.toThrow("not part of this export");
});
