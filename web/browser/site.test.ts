/** The static export, from a server that knows nothing but files. */

import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ask, command, difference, keep, launch, looks, open, RUN, WIDE } from "./stage";

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml" };
let browser: Browser, server: Server, folder: string, url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "site-"));
  command("watch", RUN, "--site", join(folder, "site"));
  server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://site").pathname));
    const file = join(folder, "site", path.endsWith("/") ? `${path}index.html` : path);
    if (!existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

it("is a city with its history, without a server of ours", async () => {
  const { page, hosts } = await open(await browser.newContext({ viewport: WIDE }), url);
  const first = await looks(page);
  await keep(page, "site");
  expect(first.deviation).toBeGreaterThan(10);
  expect(first.colours).toBeGreaterThan(30);
  expect((await ask<{ quads: number }>(page, "city.stats")).quads).toBeGreaterThan(500);
  expect([...hosts]).toEqual([new URL(url).host]);
  await page.click("#b-events");
  await page.locator("#card .events button").first().waitFor();
  await page.locator("#card .close").click();
  // Of what is near the export holds voxels, and they know what they are; further away there are boxes only.
  for (const [x, y] of [[240, 150], [40, 220], [100, 250], [440, 120], [60, 100], [300, 250]]) {
    await ask(page, `city.pick(${x}, ${y})`);
    if (await page.isVisible("#card h2")) break;
  }
  expect(await page.textContent("#card .what")).toContain("side of cell");
  await page.locator("#card .close").click();
  await page.click("#b-layers");
  await page.click("#overlays [data-kind=school]");
  await page.waitForSelector("#legend li");
  expect(difference(first, await looks(page))).toBeGreaterThan(1);
  await page.click("#overlays [data-kind=none]");
  await ask(page, "(city.setDay(Math.floor(city.days / 2)), city.settle())");
  expect(difference(first, await looks(page))).toBeGreaterThan(1);
});
