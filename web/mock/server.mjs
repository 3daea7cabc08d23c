// Serves the made-up city by the viewer's protocol, and the built page: node mock/server.mjs [port]
import { readFileSync, existsSync } from "node:fs";
import { createServer } from "node:http";
import { boxes, cell, DAYS, HIGH, LOW, quads } from "./city.mjs";

const NAMES = ["VOID", "SHELL", "PILLAR", "SLAB", "WALL", "GIRDER", "CATWALK", "STAIR", "LADDER", "DOOR", "GLASS", "LAMP", "PIPE", "CONDUIT", "TERMINAL", "SAFEGUARD", "SEED", "PLANT", "RUBBLE", "CLADDING", "FLESH", "RAIL"];
const COLOURS = { PILLAR: [128, 130, 128], SLAB: [150, 150, 146], WALL: [112, 116, 120], GIRDER: [74, 80, 92], LAMP: [255, 214, 150], RAIL: [60, 62, 66] };
const event = (i) => ({ name: i.toString(16).padStart(16, "0"), day: 36000 * (i + 1), kind: 20 + i, kind_name: "BAY_BORN", who: "00000000000000aa", whom: null, place: null, at: [i * 40, 20, 8], text: `Thing ${i} comes to pass.`, weight: 10 - i, cause: null });
const person = { name: "00000000000000aa", called: "Ato of the mock", what: "person", at: [30, 20, 4] };
const answers = {
  "/api/info": () => ({
    run: "mock", label: "CONTESTED", days: DAYS, era_day: 360 * 400, living: false, spoilers_allowed: true, low: LOW, high: HIGH, cells: 5e7, bays: 64, foremen: 64,
    start: { eye: [-30.5, 50.5, 40.5], yaw: 0.7, pitch: -0.1 },
    materials: NAMES.map((name) => ({ name, rgb: COLOURS[name] ?? [120, 120, 120], glow: name === "LAMP" ? 1 : 0 })),
    schools: [{ name: "00000000000000bb", called: "first school" }], kinds: [{ number: 20, name: "BAY_BORN", spoiler: false }], words: {},
    tiles: [-1, 0].flatMap((z) => [-1, 0].flatMap((y) => [-1, 0].map((x) => [x, y, z, 1]))), tile_cells: 2048,
  }),
  "/api/curves": () => {
    const year = Array.from({ length: 1200 }, (_, i) => i), wave = (f) => year.map((y) => (y < 400 ? 0 : f(y)));
    return { year, population: wave((y) => 3000 + 900 * Math.sin(y / 60)), villages: wave(() => 40), alert: wave((y) => 0.5 + 0.4 * Math.sin(y / 31)), units: wave(() => 5), safeguard_bays: wave((y) => y / 40), authority_bays: wave(() => 2), healthy_bays: year, known_carriers: wave(() => 0), loci: wave(() => 6), works: year };
  },
  "/api/events": () => Array.from({ length: 9 }, (_, i) => event(i)),
  "/api/search": () => [person],
  "/api/figures": () => [{ ...person, bay: null }],
};

export function mock() {
  return createServer(async (request, response) => {
    const url = new URL(request.url, "http://mock");
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const send = (bytes, type = "application/octet-stream", status = 200) => response.writeHead(status, { "Content-Type": type, "Content-Length": bytes.length }).end(bytes);
    const json = (value, status = 200) => send(Buffer.from(JSON.stringify(value)), "application/json", status);
    if (url.pathname in answers) return json(answers[url.pathname]());
    if (url.pathname.startsWith("/api/thing/")) return json({ ...person, facts: [["generation", 3]], born: 160000, died: null, events: [event(2)], path: true });
    if (url.pathname.startsWith("/api/path/")) return json({ days: [150000, 250000, 350000], at: [[30, 20, 4], [80, 20, 4], [80, 120, 4]] });
    if (url.pathname.startsWith("/api/legend/")) return json([0, 1, 2].map((value) => ({ value, label: `class ${value}`, rgb: [[90, 120, 130], [190, 60, 50], [210, 190, 120]][value] })));
    if (url.pathname.startsWith("/api/overlay/")) return send(Buffer.from(Array.from({ length: 64 }, (_, i) => i % 3)));
    if (url.pathname === "/api/known") return json({ bays: Buffer.from(Array.from({ length: 64 }, (_, i) => i % 3)).toString("base64") });
    if (url.pathname.startsWith("/api/boxes/")) return send(boxes(...url.pathname.slice(11).split(",").map(Number)));
    if (url.pathname === "/api/chunks") {
      const day = body.readUInt32LE(0), n = body.readUInt32LE(4);
      const heads = Buffer.alloc(4 + n * 24), tails = [];
      heads.writeUInt32LE(n, 0);
      for (let i = 0; i < n; i++) {
        const words = quads(...[0, 4, 8, 12].map((o) => body.readInt32LE(8 + i * 24 + o)), day);
        const hash = words.reduce((h, w) => Math.imul(h ^ w, 0x01000193) >>> 0, 0x811c9dc5);
        const same = hash === body.readUInt32LE(8 + i * 24 + 16);
        [day - (day % 3600), day - (day % 3600) + 3599, hash, 0, words.length / 3, !same && words.length > 0 ? 1 : 0].forEach((v, k) => heads.writeUInt32LE(v, 4 + i * 24 + k * 4));
        if (!same && words.length > 0) tails.push(Buffer.from(words.buffer));
      }
      return send(Buffer.concat([heads, ...tails]));
    }
    if (url.pathname === "/api/solid") {
      const day = body.readUInt32LE(0), n = body.readUInt32LE(4), bits = Buffer.alloc(n * 4096);
      for (let i = 0; i < n; i++) {
        const c = [0, 4, 8].map((o) => body.readInt32LE(8 + i * 12 + o) * 32);
        for (let z = 0; z < 32; z++) for (let y = 0; y < 32; y++) for (let x = 0; x < 32; x++) if (cell(c[0] + x, c[1] + y, c[2] + z, day)[0]) bits[i * 4096 + (((z * 32 + y) * 32 + x) >> 3)] |= 1 << (x & 7);
      }
      return send(bits);
    }
    if (url.pathname === "/api/pick") return json({ cell: [30, 20, 3], distance: 9, face: 5, material: 3, work: { serial: 1, kind: "PLATE" }, laid: 9000, vanishes: null, foreman: { name: "00000000000000cc", called: "foreman Bo", serial: 7 }, ancestors: [], generations: 4, school: { name: "00000000000000bb", called: "first school", founded: 0 }, allegiance: "HEALTHY", events: [event(1)] });
    const file = new URL(`../../src/megastructure/watch/page${url.pathname === "/" ? "/index.html" : url.pathname}`, import.meta.url);
    if (!url.pathname.includes("..") && existsSync(file)) return send(readFileSync(file), { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml" }[file.pathname.split(".").pop()] ?? "application/octet-stream");
    json({ error: `nothing at ${url.pathname}` }, 404);
  });
}

if (process.argv[1]?.endsWith("server.mjs")) {
  const port = Number(process.argv[2] ?? 8101);
  mock().listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/?token=mock`));
}
