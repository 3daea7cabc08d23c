import { defineConfig } from "vitest/config";

// One browser at a time: a picture without a graphics card takes all the cores there are.
export default defineConfig({
  test: { include: ["browser/**/*.test.ts"], fileParallelism: false, testTimeout: 400_000, hookTimeout: 300_000, reporters: ["verbose"] },
});
