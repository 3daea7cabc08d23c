/** The page on a run that is still being lived. */

import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ask, launch, open, PYTHON, until, watch, WIDE, type Served } from "./stage";

let browser: Browser, server: Served, life: ChildProcess, folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "living-"));
  const run = join(folder, "run");
  // Unbounded and long: it will not be over before it was watched.
  life = spawn(PYTHON, ["-m", "megastructure", "run", "saga", "--out", run, "--no-picture"], { stdio: "ignore" });
  const began = Date.now();
  while (!existsSync(join(run, "run.db")) && Date.now() - began < 120_000) await new Promise((done) => setTimeout(done, 300));
  for (;;) {
    try {
      server = await watch(run);
      break;
    } catch (error) {
      if (Date.now() - began > 150_000) throw error; // nothing is committed in the very first moments
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  server?.stop();
  life?.kill("SIGKILL");
  await new Promise((done) => setTimeout(done, 300));
  rmSync(folder, { recursive: true, force: true });
});

it("shows that it lives, and grows while it is watched", async () => {
  const { page, complaints } = await open(await browser.newContext({ viewport: WIDE }), server.url);
  expect(await ask<boolean>(page, "city.living")).toBe(true);
  expect(await page.textContent("#run")).toContain("living");
  const before = await ask<number>(page, "city.days");
  await until(page, `window.city.days > ${before}`, 120);
  const [days, day, most] = await ask<[number, number, number]>(page, "[city.days, city.day, Number(document.getElementById('slider').max)]");
  expect(most).toBe(days);
  expect(day).toBe(days); // whoever watches the last day stays at the last day
  expect(complaints).toEqual([]);
});
