import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", "./scripts/totals.mjs"],
    // No test passes or fails by time: this only ends one that hangs, on a busy machine too.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
