/** What the browser tests stand on: a run, the server beside it, a headless browser, and questions to its picture. */

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

const HERE = import.meta.dirname;
export const SHOTS = resolve(HERE, "shots");
export const PYTHON = process.env["PYTHON"] ?? "python3";
export const RUN = resolve(process.env["CITY_RUN"] ?? resolve(HERE, "shots/run"));
export const WIDE = { width: 480, height: 270 };

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
];

export interface Served {
  url: string;
  origin: string;
  stop(): void;
}

/** Runs a command of megastructure to its end; its output. Throws with what it said when it fails. */
export function command(...words: string[]): string {
  const done = spawnSync(PYTHON, ["-m", "megastructure", ...words], { encoding: "utf8", timeout: 280_000 });
  if (done.status !== 0) throw new Error(`megastructure ${words.join(" ")}: ${done.stderr || done.stdout}`);
  return done.stdout;
}

/** Asks Python about the run: `code` prints JSON, with `run` open. */
export function python<T>(code: string): T {
  const done = spawnSync(PYTHON, ["-c", `import json\nfrom megastructure import Run\nrun = Run.open(${JSON.stringify(RUN)})\n${code}`], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout) as T;
}

/** Starts `megastructure watch` on a port of its own choosing and waits for the address that it prints. */
export function watch(run: string, ...words: string[]): Promise<Served> {
  const running = process.env["CITY_URL"]; // a server of the same run that is up already
  if (running && run === RUN) return Promise.resolve({ url: running, origin: new URL(running).origin, stop: () => undefined });
  const server = spawn(PYTHON, ["-u", "-m", "megastructure", "watch", run, "--port", "0", "--no-open", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  return new Promise((done, fail) => {
    let said = "";
    const timer = setTimeout(() => fail(new Error(`no address within 240 s: ${said}`)), 240_000);
    const hear = (part: Buffer): void => {
      said += part.toString();
      const url = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(said)?.[0];
      if (!url) return;
      clearTimeout(timer);
      done({ url, origin: new URL(url).origin, stop: () => server.kill("SIGINT") });
    };
    server.stdout.on("data", hear);
    server.stderr.on("data", hear);
    server.on("exit", (code) => fail(new Error(`watch ended (${code}): ${said}`)));
  });
}

export async function launch(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) throw new Error(`no Chromium at ${executablePath}: install it, or set CHROMIUM to where it is`);
  mkdirSync(SHOTS, { recursive: true });
  return chromium.launch({ executablePath, args: FLAGS });
}

export interface Seen {
  page: Page;
  hosts: Set<string>;
  requests: string[];
  complaints: string[];
}

/** Opens a page and waits until everything in view is drawn. Notes each host, each request, each error. */
export async function open(context: BrowserContext | Browser, url: string): Promise<Seen> {
  const page = await context.newPage();
  const seen: Seen = { page, hosts: new Set(), requests: [], complaints: [] };
  page.on("request", (r) => {
    const address = new URL(r.url());
    seen.hosts.add(address.host);
    seen.requests.push(address.pathname + address.search);
  });
  page.on("websocket", (s) => seen.hosts.add(new URL(s.url()).host));
  page.on("console", (m) => m.type() === "error" && seen.complaints.push(m.text()));
  page.on("pageerror", (e) => seen.complaints.push(String(e)));
  await page.goto(url);
  await until(page, "window.city !== undefined");
  await page.evaluate("window.city.ready.then(() => window.city.settle())");
  return seen;
}

export interface Looks {
  mean: number;
  deviation: number;
  colours: number;
  warm: number;
  grid: number[];
}

/** The picture in numbers: mean and deviation of its light, how many colours, warm bright pixels, and a coarse grid of it. */
export function looks(page: Page): Promise<Looks> {
  return page.evaluate(() => {
    (window as unknown as { city: { still(): void } }).city.still();
    const view = document.getElementById("view") as HTMLCanvasElement;
    const copy = document.createElement("canvas");
    copy.width = view.width;
    copy.height = view.height;
    const pen = copy.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
    pen.drawImage(view, 0, 0);
    const { data } = pen.getImageData(0, 0, copy.width, copy.height);
    const n = data.length / 4, colours = new Set<number>(), cells = new Float64Array(48 * 27 * 3);
    let sum = 0, squares = 0, warm = 0;
    for (let i = 0; i < n; i++) {
      const [r, g, b] = [data[i * 4], data[i * 4 + 1], data[i * 4 + 2]];
      const light = (r + g + b) / 3;
      sum += light;
      squares += light * light;
      colours.add(((r >> 4) << 8) | ((g >> 4) << 4) | (b >> 4));
      if (r > 190 && r > b + 24) warm++;
      const cell = Math.floor((Math.floor(i / copy.width) * 27) / copy.height) * 48 + Math.floor(((i % copy.width) * 48) / copy.width);
      cells[cell * 3] += r;
      cells[cell * 3 + 1] += g;
      cells[cell * 3 + 2] += b;
    }
    const mean = sum / n;
    return { mean, deviation: Math.sqrt(squares / n - mean * mean), colours: colours.size, warm, grid: [...cells].map((v) => v / (n / (48 * 27))) };
  });
}

/** Mean difference of two pictures, 0..255, over their coarse grids. */
export function difference(a: Looks, b: Looks): number {
  return a.grid.reduce((sum, v, i) => sum + Math.abs(v - b.grid[i]), 0) / a.grid.length;
}

/** Keeps the picture. Not page.screenshot, which gives up when a frame takes seconds. */
export async function keep(page: Page, name: string): Promise<void> {
  const data = await page.evaluate("(window.city.still(), document.getElementById('view').toDataURL())");
  writeFileSync(resolve(SHOTS, `${name}.png`), Buffer.from(String(data).split(",")[1], "base64"));
}

/** Evaluates an expression about `city`, the page's hooks. */
export function ask<T>(page: Page, expression: string): Promise<T> {
  return page.evaluate(`(async () => { const city = window.city; return (${expression}); })()`);
}

/** Waits until an expression holds. Playwright's own way to wait evaluates text in the page, which its content policy forbids. */
export async function until(page: Page, expression: string, seconds = 60): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await page.evaluate(expression))) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${expression}`);
    await new Promise((done) => setTimeout(done, 80));
  }
}
