/** End-to-end tests: real clients and servers against the built product. One file after the other: they use the machine. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['src/**/*.e2e.ts'],
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 120_000,
    // A poll waits for what a busy machine takes its time for; it ends as soon as it is there.
    expect: { poll: { timeout: 20_000, interval: 100 } },
    hookTimeout: 180_000,
    teardownTimeout: 30_000,
  },
})
