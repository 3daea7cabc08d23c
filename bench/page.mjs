// How long the page takes until a run is fully in view: node bench/page.mjs RUN [YEARS_BACK ...]
//
// Needs Chromium (CHROMIUM or /usr/bin/chromium), `npm ci` in web/, and Python with the package (PYTHON or python3). Opens the run in a
// headless browser without a graphics card, 1280 x 720: by a server that has answered nobody yet, then by one that has. Prints seconds of
// wall from the address until everything is there and drawn, and until the picture is painted (without a card it comes seconds after
// the page has drawn it); megabytes; CPU seconds of the server and of the browser with all its processes; then the same for steps back
// in time. Run it twice: the first time the server may have to compile kernels.

import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../web/package.json", import.meta.url))("playwright-core");
const [run, ...back] = process.argv.slice(2);
const server = spawn(process.env.PYTHON ?? "python3", ["-u", "-m", "megastructure", "watch", run, "--port", "0", "--no-open"]);
const url = await new Promise((done, fail) => {
  let said = "";
  const hear = (part) => {
    said += part;
    const found = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(said);
    if (found) done(found[0]);
  };
  server.stdout.on("data", hear);
  server.stderr.on("data", hear);
  server.on("exit", (code) => fail(new Error(`watch ended (${code}): ${said}`)));
});
/** A process as the kernel counts it: whose child it is, and hundredths of CPU seconds. Gone: null. */
function counted(pid) {
  try {
    const words = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return { parent: +words[1], ticks: +words[11] + +words[12] };
  } catch {
    return null;
  }
}
/** CPU seconds of the server, and of the browser: whatever else descends from here. */
function cpu() {
  const all = new Map(readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((name) => [+name, counted(name)]));
  let ticks = 0;
  for (const [pid, found] of all) {
    let up = pid;
    while (up > 1 && up !== process.pid && up !== server.pid) up = all.get(up)?.parent ?? 0;
    if (found && up === process.pid && pid !== process.pid) ticks += found.ticks;
  }
  return [counted(server.pid).ticks / 100, ticks / 100];
}
const flags = ["--headless", "--no-sandbox", "--disable-quic", "--disable-background-networking", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });

async function timed(what, page, act) {
  const [began, before, had] = [performance.now(), cpu(), await page.evaluate(() => globalThis.city?.stats.bytes ?? 0)];
  const seconds = () => ((performance.now() - began) / 1000).toFixed(1);
  await act();
  const [drawn, bytes] = [seconds(), await page.evaluate(() => globalThis.city.stats.bytes)];
  await page.evaluate(() => {
    const gl = document.getElementById("view").getContext("webgl2");
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4)); // waits for the painter
  });
  const [server, browser] = cpu().map((spent, i) => (spent - before[i]).toFixed(2));
  console.log(`${what}: drawn ${drawn} s, painted ${seconds()} s, ${((bytes - had) / 1e6).toFixed(2)} MB, server ${server} CPU-s, browser ${browser} CPU-s`);
}

for (const visit of ["first visit", "second visit"]) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  const page = await context.newPage();
  await timed(visit, page, async () => {
    await page.goto(url);
    await page.waitForFunction(() => globalThis.city !== undefined, null, { timeout: 300_000 });
    await page.evaluate(() => globalThis.city.ready);
  });
  if (visit === "second visit") {
    for (const years of back.map(Number)) {
      await timed(`${years} years back`, page, () => page.evaluate(async (days) => {
        globalThis.city.setDay(globalThis.city.day - days);
        await globalThis.city.settle();
      }, years * 360));
    }
  }
  await context.close();
}
await browser.close();
server.kill("SIGINT");
