import { defineConfig } from "vitest/config";

// The page is built into the Python package, which serves these files and no others. `MOCK` is the address of the
// synthetic city of web/mock for work on the page alone.
export default defineConfig({
  base: "./",
  build: {
    outDir: process.env["PAGE_OUT"] ?? "../src/megastructure/watch/page",
    emptyOutDir: true,
    assetsInlineLimit: 0, // data: addresses would ask for a weaker content policy
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
  },
  server: { proxy: { "/api": { target: process.env["MOCK"] ?? "http://127.0.0.1:8101", ws: true } } },
  test: { include: ["test/**/*.test.ts"] },
});
