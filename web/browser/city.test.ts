/** The page on a finished run, in a real browser. */

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Hit } from "../src/quads";
import { ask, difference, keep, launch, looks, open, python, RUN, until, watch, WIDE, type Looks, type Seen, type Served } from "./stage";

interface Stats {
  bytes: number;
  chunks: number;
  quads: number;
  drawnBoxes: number;
  lamps: number;
  wanted: number;
  asked: number;
  refetched: number;
}
type Pose = { eye: number[]; yaw: number; pitch: number };

let browser: Browser, context: BrowserContext, server: Served, seen: Seen, page: Page, first: Looks, start: Pose, days: number;

beforeAll(async () => {
  server = await watch(RUN);
  browser = await launch();
  context = await browser.newContext({ viewport: WIDE });
  seen = await open(context, server.url);
  page = seen.page;
  first = await looks(page);
  start = await ask<Pose>(page, "city.pose");
  days = await ask<number>(page, "city.days");
});

afterAll(async () => {
  await browser?.close();
  server?.stop();
});

/** Back to where the page began. */
async function home(): Promise<void> {
  await page.focus("#view");
  await page.keyboard.press("Escape"); // no panel in the way
  await ask(page, `(city.setMode("fly"), city.setCamera(${[...start.eye, start.yaw, start.pitch].join()}), city.setDay(${days}), city.settle())`);
}

describe("the first view", () => {
  it("is a picture: light and dark, many colours, voxels near and boxes far", async () => {
    await keep(page, "first");
    expect(first.deviation).toBeGreaterThan(12);
    expect(first.colours).toBeGreaterThan(40);
    const stats = await ask<Stats>(page, "city.stats");
    expect(stats.quads).toBeGreaterThan(1000);
    expect(stats.drawnBoxes).toBeGreaterThan(20);
  });

  it("takes less than 12 MB, asks no foreign host, and breaks no rule of the content policy", async () => {
    expect((await ask<Stats>(page, "city.stats")).bytes).toBeLessThan(12e6);
    expect([...seen.hosts]).toEqual([new URL(server.url).host]);
    expect(seen.complaints).toEqual([]);
  });

  it("leaves no token in the address bar", async () => {
    expect(page.url()).not.toContain("token");
    expect(await page.evaluate("sessionStorage.getItem('token')")).toBe(new URL(server.url).searchParams.get("token"));
  });

  it("has lamps that shine at night", async () => {
    expect((await ask<Stats>(page, "city.stats")).lamps).toBeGreaterThan(0);
    await page.click("#b-night");
    const night = await looks(page);
    await keep(page, "night");
    await page.click("#b-night");
    expect(night.mean).toBeLessThan(first.mean * 0.8);
    expect(night.warm).toBeGreaterThan(5);
  });

  it("can be drawn in ink: mostly paper and black", async () => {
    await page.click("#b-ink");
    const ink = await looks(page);
    await keep(page, "ink");
    await page.click("#b-ink");
    expect(ink.deviation).toBeGreaterThan(40);
    expect(difference(await looks(page), first)).toBeLessThan(1.5);
  });

  it("is the same when it is loaded again", async () => {
    const again = await open(context, server.url);
    const second = await looks(again.page);
    await again.page.close();
    expect(difference(first, second)).toBeLessThan(1);
  });
});

/** Points of the picture; at some of them there may be nothing to hit. */
const POINTS = [[240, 135], [120, 100], [360, 90], [200, 200], [300, 60]] as const;

/** Clicks at a point of the picture; what the server says stands there. */
async function pickAt([x, y]: readonly [number, number]): Promise<{ cell: number[]; material: number | string; laid: number } | null> {
  const answer = page.waitForResponse((r) => r.url().endsWith("/api/pick"));
  await ask(page, `city.pick(${x}, ${y})`);
  return (await (await answer).json()) as { cell: number[]; material: number | string; laid: number } | null;
}

describe("a cell", () => {
  it("is what the ledger says: under the pointer, in the card, in Python", async () => {
    let told = 0;
    for (const [x, y] of POINTS) {
      const pick = await pickAt([x, y]);
      if (pick === null) continue;
      told++;
      const hit = await ask<Hit | null>(page, `city.hit(${x}, ${y})`);
      const near = Math.hypot(...pick.cell.map((c, i) => c - start.eye[i])) < 30;
      if (near && hit) expect(hit.cell).toEqual(pick.cell); // coarser voxels further away need not agree to the cell
      const [number, name, laid] = python<[number, string, number]>(
        `from megastructure.ground.codes import Material\nm = run.ledger.cell(${pick.cell.join()}, ${days})\np = run.ledger.provenance(${pick.cell.join()}, day=${days})\nprint(json.dumps([int(m), Material(m).name, int(p.day_laid)]))`,
      );
      expect([number, name]).toContain(pick.material);
      expect(pick.laid).toBe(laid);
      expect((await page.textContent("#card h2"))?.toUpperCase()).toBe(name.replaceAll("_", " "));
    }
    expect(told).toBeGreaterThan(1);
  });

  it("leads to its foreman, and from there to a day of the past", async () => {
    for (const point of POINTS) if (await pickAt(point)) break;
    const link = page.locator("#card dd button.link").filter({ hasNotText: "year" }).first();
    const called = await link.textContent();
    await link.click();
    await until(page, `document.querySelector("#card .what")?.textContent === "bay" && document.querySelector("#card").textContent.includes(${JSON.stringify(called)})`);
    await page.locator("#card dd button.link").filter({ hasText: "year" }).first().click();
    expect(await ask<number>(page, "city.day")).toBeLessThan(days);
    await home();
  });
});

describe("time", () => {
  it("asks again for less than a fifth of the chunks when it steps by a year", async () => {
    await home();
    await ask(page, `(city.setDay(${days - 360}), city.settle())`);
    const stats = await ask<Stats>(page, "city.stats");
    expect(stats.wanted).toBeGreaterThan(100);
    expect(stats.refetched).toBeLessThan(stats.wanted * 0.2);
  });

  it("shows another city in another century, and the same one when it comes back", async () => {
    await ask(page, `(city.setDay(${Math.floor(days / 3)}), city.settle())`);
    const young = await looks(page);
    await keep(page, "young");
    expect(difference(first, young)).toBeGreaterThan(2);
    await home();
    expect(difference(first, await looks(page))).toBeLessThan(1.5);
  });

  it("is moved by keys and by the slider, and plays", async () => {
    await page.focus("#view");
    await page.keyboard.press("BracketLeft");
    expect(await ask<number>(page, "city.day")).toBe(days - 36000);
    await page.keyboard.press("Period");
    expect(await ask<number>(page, "city.day")).toBe(days - 36000 + 360);
    await page.locator("#slider").fill(String(360 * 90));
    expect(await page.textContent("#year")).toBe("90");
    await page.keyboard.press("KeyP");
    await until(page, "window.city.day > 360 * 92");
    await page.keyboard.press("KeyP");
    await home();
  });
});

describe("hands", () => {
  it("keys move the eye ahead, a drag turns it", async () => {
    await home();
    await page.focus("#view");
    const before = await ask<Pose>(page, "city.pose");
    await page.keyboard.down("KeyW");
    await until(page, `Math.hypot(...window.city.pose.eye.map((c, i) => c - [${before.eye.join()}][i])) > 1`);
    await page.keyboard.up("KeyW");
    const after = await ask<Pose>(page, "city.pose");
    const ahead = [Math.cos(before.yaw), Math.sin(before.yaw)].reduce((sum, c, i) => sum + c * (after.eye[i] - before.eye[i]), 0);
    expect(ahead).toBeGreaterThan(0.3);
    await page.mouse.move(240, 120);
    await page.mouse.down();
    await page.mouse.move(300, 140, { steps: 4 });
    await page.mouse.up();
    expect(Math.abs((await ask<Pose>(page, "city.pose")).yaw - after.yaw)).toBeGreaterThan(0.1);
    await home();
  });

  it("one finger looks, two fingers move, and the tools are within reach of a thumb", async () => {
    const phone = await browser.newContext({ viewport: { width: 390, height: 700 }, hasTouch: true, isMobile: true });
    const { page: small } = await open(phone, server.url);
    await keep(small, "phone");
    const before = await ask<Pose>(small, "city.pose");
    const raw = await phone.newCDPSession(small);
    const touch = (type: string, ...points: [number, number][]): Promise<unknown> =>
      raw.send("Input.dispatchTouchEvent", { type: type as "touchStart", touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
    await touch("touchStart", [200, 300]);
    for (let i = 1; i <= 5; i++) await touch("touchMove", [200 + i * 14, 300]);
    await touch("touchEnd");
    const turned = await ask<Pose>(small, "city.pose");
    expect(Math.abs(turned.yaw - before.yaw)).toBeGreaterThan(0.1);
    await touch("touchStart", [150, 300], [250, 300]);
    for (let i = 1; i <= 5; i++) await touch("touchMove", [150 - i * 12, 300], [250 + i * 12, 300]);
    await touch("touchEnd");
    const moved = await ask<Pose>(small, "city.pose");
    expect(Math.hypot(...moved.eye.map((c, i) => c - turned.eye[i]))).toBeGreaterThan(0.3);
    for (const button of await small.locator("nav button").all()) {
      const box = await button.boundingBox();
      expect(box && box.x >= 0 && box.x + box.width <= 391 && box.height >= 40).toBe(true);
    }
    expect(await small.evaluate("document.documentElement.scrollWidth")).toBe(390);
    await phone.close();
  });

  it("a walker falls and stands", async () => {
    await home();
    await ask(page, `city.setMode("walk")`);
    await until(page, "window.city.standing");
    const pose = await ask<Pose>(page, "city.pose");
    expect(pose.eye[2]).toBeLessThan(start.eye[2]);
    await page.waitForTimeout(1500);
    expect((await ask<Pose>(page, "city.pose")).eye[2]).toBeCloseTo(pose.eye[2], 1);
    const [x, y, z] = pose.eye.map(Math.floor);
    const below = python<number[]>(
      `print(json.dumps([int(run.ledger.cell(x, y, ${z} - 2, ${days})) for x in range(${x} - 1, ${x} + 2) for y in range(${y} - 1, ${y} + 2)]))`,
    );
    expect(below.some((m) => m > 0)).toBe(true);
    await ask(page, "city.settle()");
    await keep(page, "walk");
    await home();
  });
});

describe("history", () => {
  it("an event leads to its place and its day", async () => {
    await home();
    await page.click("#b-events");
    const rows = page.locator("#card .events button");
    await rows.first().waitFor();
    const events = (await (await context.request.get(`${server.origin}/api/events?top=80&spoilers=0`, { headers: { "X-Token": String(await page.evaluate("sessionStorage.getItem('token')")) } })).json()) as { day: number; at: number[] | null; text: string }[];
    const at = events.findIndex((e) => e.at !== null && e.day > 150_000 && e.day < days - 3600);
    expect(at).toBeGreaterThanOrEqual(0);
    await rows.filter({ hasText: events[at].text }).first().click();
    await until(page, `window.city.day === ${events[at].day}`);
    await ask(page, "city.settle()");
    await keep(page, "event");
    const eye = (await ask<Pose>(page, "city.pose")).eye;
    expect(Math.hypot(...eye.map((c, i) => c - (events[at].at as number[])[i]))).toBeLessThan(45);
    expect(await page.textContent("#card h2")).toBe(events[at].text);
    await home();
  });

  it("a name is found, opened, followed; his way is a line, and he is in the address", async () => {
    await page.focus("#view");
    await page.keyboard.press("Slash");
    await page.waitForSelector("#find:not([hidden])");
    await page.fill("#query", "Killy");
    await page.locator("#found button").first().click();
    await page.waitForSelector("#card:not([hidden]) h2");
    await page.locator("#card .deeds button", { hasText: "follow" }).click();
    await until(page, "location.hash.includes('follow=')");
    await ask(page, "city.settle()");
    const before = await ask<Pose>(page, "city.pose");
    await page.focus("#view");
    for (let i = 0; i < 4; i++) await page.keyboard.press("Shift+Comma");
    const after = await ask<Pose>(page, "city.pose");
    await keep(page, "follow");
    expect(Math.hypot(...after.eye.map((c, i) => c - before.eye[i]))).toBeGreaterThan(1);
    await page.keyboard.press("KeyK");
    await until(page, "!location.hash.includes('follow=')");
    await home();
  });

  it("an overlay changes colours and has a legend", async () => {
    await page.click("#b-layers");
    for (const kind of ["allegiance", "school", "age", "known"]) {
      await page.click(`#overlays [data-kind=${kind}]`);
      await page.waitForSelector("#legend li");
      await page.waitForTimeout(400);
      const tinted = await looks(page);
      await keep(page, `overlay-${kind}`);
      expect(difference(first, tinted)).toBeGreaterThan(1);
    }
    await page.click("#overlays [data-kind=none]");
    await until(page, "document.querySelectorAll('#legend li').length === 0");
    expect(difference(first, await looks(page))).toBeLessThan(1.5);
    await page.click("#b-layers");
  });

  it("hides what nobody in the city can know, until it is asked for", async () => {
    const told = seen.requests.filter((r) => r.includes("spoilers="));
    expect(told.length).toBeGreaterThan(1);
    expect(told.every((r) => r.includes("spoilers=0"))).toBe(true);
    await page.click("#b-layers");
    const asked = page.waitForRequest((r) => r.url().includes("/api/events") && r.url().includes("spoilers=1"));
    await page.check("#spoilers");
    await asked;
    await page.uncheck("#spoilers");
    await page.click("#b-layers");
  });
});

describe("what the seeds ask to see", () => {
  interface Told {
    day: number;
    at: number[] | null;
  }
  /** Asks the server as the page does. */
  async function api<T>(path: string): Promise<T> {
    const token = String(await page.evaluate("sessionStorage.getItem('token')"));
    return (await (await context.request.get(`${server.origin}/api/${path}`, { headers: { "X-Token": token } })).json()) as T;
  }

  it("row 20: the allegiance of bays is another one in another century", async () => {
    const kinds = async (day: number): Promise<string> => {
      const token = String(await page.evaluate("sessionStorage.getItem('token')"));
      const bytes = await (await context.request.get(`${server.origin}/api/overlay/allegiance?day=${day}`, { headers: { "X-Token": token } })).body();
      return bytes.toString("base64");
    };
    expect(await kinds(days)).not.toBe(await kinds(Math.floor(days * 0.6)));
  });

  it("row 21: a week of one village passes a day a second", async () => {
    const [event] = (await api<Told[]>("events?top=60&spoilers=0")).filter((e) => e.at !== null && e.day > 150_000);
    await ask(page, `city.setDay(${event.day})`);
    while ((await page.textContent("#pace")) !== "a day") await page.click("#pace");
    await page.click("#play");
    await until(page, `window.city.day >= ${event.day + 7}`);
    await page.click("#play");
    expect(await ask<number>(page, "city.day")).toBeLessThan(event.day + 40);
    await home();
  });
});

describe("robustness", () => {
  it("an address brings back place, day, overlay and mode", async () => {
    const place = [...start.eye.map((c) => c + 3), start.yaw + 0.4, -0.1];
    const { page: other } = await open(context, `${server.origin}/?token=${new URL(server.url).searchParams.get("token")}#${place.join()}&day=200000&overlay=school&mode=orbit&ink=1`);
    const pose = await ask<Pose>(other, "city.pose");
    expect(pose.eye).toEqual(place.slice(0, 3).map((c) => expect.closeTo(c, 1) as number));
    expect(await ask<number>(other, "city.day")).toBe(200000);
    expect(await other.textContent("#b-mode")).toBe("orbit");
    expect(await other.getAttribute("#overlays [data-kind=school]", "aria-pressed")).toBe("true");
    expect(await other.getAttribute("#b-ink", "aria-pressed")).toBe("true");
    await until(other, "location.hash.includes('day=200000') && location.hash.includes('overlay=school')");
    await other.close();
  });

  it("the picture comes back when the context is lost", async () => {
    await home();
    await ask(page, "city.loseContext()");
    await page.waitForSelector("#note:not([hidden])");
    await page.waitForSelector("#note[hidden]", { state: "attached" });
    await ask(page, "city.settle()");
    expect(difference(first, await looks(page))).toBeLessThan(1.5);
  });

  it("a camera outside of the city sees it from afar, and nothing breaks", async () => {
    const { page: other, complaints } = await open(context, `${server.origin}/?token=${new URL(server.url).searchParams.get("token")}#-4000,-4000,2500,0.785,-0.4`);
    const outside = await looks(other);
    await keep(other, "outside");
    expect(outside.deviation).toBeGreaterThan(1);
    await ask(other, "(city.setCamera(9e6, 9e6, -9e6, 0, 0), city.settle())");
    expect(complaints).toEqual([]);
    await other.close();
  });

  it("without its token the page says what to do", async () => {
    const stranger = await browser.newContext();
    const other = await stranger.newPage();
    await other.goto(`${server.origin}/`);
    await until(other, "document.getElementById('note').textContent.includes('token')");
    await stranger.close();
  });
});
