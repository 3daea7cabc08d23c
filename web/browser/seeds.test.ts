/** Rows of docs/seeds.md that are looked at, where no other test looks: the gun's hole (9), a window of time (21). */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ask, command, keep, launch, open, until, watch, WIDE, type Served } from "./stage";

const YEAR = 360, FIRED = 80 * YEAR;
const SCENARIO = `
years = 90
people = 0

[[shots]]
day = ${FIRED}
x = 0
y = 58
z = 4
axis = 0
length = 120
radius = 6
`;
let folder: string, server: Served, browser: Browser, page: Page;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "seeds-"));
  writeFileSync(join(folder, "gun.toml"), SCENARIO);
  command("run", join(folder, "gun.toml"), "--out", join(folder, "run"), "--no-picture");
  server = await watch(join(folder, "run"), "--at", "80");
  browser = await launch();
  ({ page } = await open(await browser.newContext({ viewport: WIDE }), server.url));
});

afterAll(async () => {
  await browser?.close();
  server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Solid cells along the line of the shot at the end of a day, as the server tells a walker. */
function solid(day: number): Promise<number> {
  return page.evaluate(async (day) => {
    const chunks = [0, 1, 2, 3].flatMap((x) => [1, 2].map((y) => [x, y, 0]));
    const body = new DataView(new ArrayBuffer(8 + 12 * chunks.length));
    body.setUint32(0, day, true);
    body.setUint32(4, chunks.length, true);
    chunks.flat().forEach((c, i) => body.setInt32(8 + 4 * i, c, true));
    const answer = await fetch("api/solid", { method: "POST", body: body.buffer, headers: { "X-Token": sessionStorage.getItem("token") ?? "" } });
    const bits = new Uint8Array(await answer.arrayBuffer());
    let count = 0;
    chunks.forEach(([cx, cy, cz], k) => {
      for (let z = 4; z < 17; z++)
        for (let y = 58; y < 71; y++)
          for (let x = 0; x < 120; x++) {
            if (x >> 5 !== cx || y >> 5 !== cy || z >> 5 !== cz) continue;
            const bit = ((z & 31) * 32 + (y & 31)) * 32 + (x & 31);
            count += (bits[k * 4096 + (bit >> 3)] >> (bit & 7)) & 1;
          }
    });
    return count;
  }, day);
}

it("a window of time is opened where it was asked for", async () => {
  expect(await ask<number>(page, "city.day")).toBe(80 * YEAR - 1);
});

it("a shot is found among the events, leads to its line, and its hole is in the city", async () => {
  const before = await solid(FIRED - 1), after = await solid(FIRED);
  expect(before).toBeGreaterThan(200);
  expect(after).toBeLessThan(before / 2);
  await page.click("#b-events");
  await page.locator("#card .events button").filter({ hasText: /shot|gun|fire/i }).first().click();
  await until(page, `window.city.day === ${FIRED}`);
  await ask(page, "city.settle()");
  await keep(page, "shot");
  const { eye } = await ask<{ eye: number[] }>(page, "city.pose");
  expect(Math.hypot(eye[0] - 60, eye[1] - 64, eye[2] - 10)).toBeLessThan(120);
});
