/** The pages as those meet them who cannot see them well, or use no mouse: axe's rules for each panel, by day, by night and in ink. */

import axe from "axe-core";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ask, command, launch, open, RUN, SHOTS, until, watch, type Served } from "./stage";

let browser: Browser, server: Served, folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "access-"));
  server = await watch(RUN);
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What breaks a rule. Letters on a picture, of which axe cannot tell, are held against its pixels. */
async function broken(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run(document));
  const untold = found.incomplete.filter((rule) => rule.id === "color-contrast").flatMap((rule) => rule.nodes);
  const faint = await contrasts(page, untold.map((n) => n.target.join(" ")));
  return [...found.violations.flatMap((rule) => rule.nodes.map((n) => `${rule.id}: ${n.html.slice(0, 140)} ${n.failureSummary}`)), ...faint];
}

/** Those of some elements whose letters stand out too little from what is behind them: of a hundred pixels all but the worst one count. */
async function contrasts(page: Page, targets: string[]): Promise<string[]> {
  const letters = await page.evaluate((all) => {
    return all.flatMap((target) => {
      const element = document.querySelector(target) as HTMLElement, style = getComputedStyle(element);
      const boxes = [...element.childNodes].filter((node) => node instanceof Text).flatMap((node) => {
        const words = document.createRange();
        words.selectNode(node);
        return [...words.getClientRects()];
      });
      const seen = boxes.map((box) => {
        let [x, y, right, bottom] = [Math.max(0, box.x), Math.max(0, box.y), Math.min(innerWidth, box.right), Math.min(innerHeight, box.bottom)];
        for (let around = element.parentElement; around !== null; around = around.parentElement) {
          if (getComputedStyle(around).overflowY === "visible") continue; // else a list that is scrolled cuts its last line
          const edge = around.getBoundingClientRect();
          [x, y, right, bottom] = [Math.max(x, edge.x), Math.max(y, edge.y), Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
        }
        return { x, y, width: right - x, height: bottom - y };
      });
      const there = seen.filter(({ x, y, width, height }) => {
        if (width < 1 || height < 1) return false;
        const uppermost = document.elementFromPoint(x + width / 2, y + height / 2);
        return style.pointerEvents === "none" || element.contains(uppermost); // else it is scrolled away, or under a panel
      });
      const rgb = (style.color.match(/[\d.]+/g) as string[]).slice(0, 3).map(Number);
      const least = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
      element.style.setProperty("color", "transparent", "important");
      return there.map((box) => ({ target, text: element.textContent, rgb, opacity: Number(style.opacity), least, box }));
    });
  }, targets);
  const shot = (await page.screenshot({ timeout: 120_000 })).toString("base64");
  await page.evaluate((all) => all.forEach((target) => (document.querySelector(target) as HTMLElement).style.removeProperty("color")), targets);
  const table = await page.context().newPage(); // a bare page, which takes a picture from anywhere
  const faint = await table.evaluate(
    async ([data, all]) => {
      const picture = new Image();
      picture.src = `data:image/png;base64,${data}`;
      await picture.decode();
      const pen = new OffscreenCanvas(picture.width, picture.height).getContext("2d") as OffscreenCanvasRenderingContext2D;
      pen.drawImage(picture, 0, 0);
      const light = (rgb: number[]): number => {
        const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      return all.flatMap(({ target, text, rgb, opacity, least, box }) => {
        const pixels = pen.getImageData(box.x, box.y, Math.max(1, box.width), Math.max(1, box.height)).data, found: number[] = [];
        for (let i = 0; i < pixels.length; i += 4) {
          const behind = [pixels[i], pixels[i + 1], pixels[i + 2]];
          const [a, b] = [light(behind), light(rgb.map((c, k) => c * opacity + behind[k] * (1 - opacity)))];
          found.push((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
        }
        const worst = found.sort((a, b) => a - b)[Math.floor(found.length / 100)];
        return worst < least ? [`contrast ${worst.toFixed(2)} < ${least}: ${target} ${text}`] : [];
      });
    },
    [shot, letters] as const,
  );
  await table.close();
  return faint;
}

it.each([[1280, 900], [390, 800]])("the report breaks no rule, %i pixels wide", async (width, height) => {
  const out = join(folder, "report.html");
  command("report", RUN, "--spoilers", "--out", out);
  const page = await (await browser.newContext({ viewport: { width, height } })).newPage();
  await page.goto(pathToFileURL(out).href);
  await page.evaluate(() => {
    document.body.style.background = "#1d2024"; // the lightest of its gradient, which axe does not read
    for (const fold of document.querySelectorAll("details")) fold.open = true;
  });
  expect(await broken(page)).toEqual([]);
  await page.screenshot({ path: resolve(SHOTS, `report-${width}.png`) });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
});

it.each([[1280, 720], [390, 800]])("no panel of the viewer breaks a rule, %i pixels wide", async (width, height) => {
  const { page } = await open(await browser.newContext({ viewport: { width, height } }), server.url);
  for (const light of ["day", "night", "ink"]) {
    if (light !== "day") await page.click(`#b-${light}`);
    await ask(page, "city.settle()");
    const look = async (name: string): Promise<void> => {
      await page.screenshot({ path: resolve(SHOTS, `access-${light}-${name}-${width}.png`), timeout: 120_000 });
      expect.soft(await broken(page), `${light}, ${name}`).toEqual([]);
    };
    await look("plain");
    await page.click("#b-events");
    await page.locator("#card .events button").first().waitFor();
    await look("events");
    await page.locator("#card .events button").first().click();
    await page.locator("#card .what").first().waitFor();
    await look("event");
    await page.locator("#card .close").click();
    await page.click("#b-layers");
    await page.click("#overlays [data-kind=allegiance]");
    await page.waitForSelector("#legend li");
    await look("layers");
    await page.click("#overlays [data-kind=none]");
    await page.click("#b-find");
    await page.fill("#query", "a");
    await page.fill("#query", "Killy");
    await page.locator("#found button").first().waitFor();
    await look("find");
    await page.locator("#found button").first().click();
    await page.locator("#card .deeds").waitFor();
    await look("thing");
    await page.locator("#card .close").click();
    await page.click("#b-help");
    await until(page, "document.getElementById('help').open");
    await look("help");
    await page.locator("#help .close").click();
    if (light !== "day") await page.click(`#b-${light}`);
  }
});
