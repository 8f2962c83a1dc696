/**
 * End-to-end tests: real clients and servers against the built product. Two files at a time, as they mostly wait; those whose times
 * say little beside another file come afterwards, one after the other.
 */
import { defineConfig } from 'vitest/config'

const alone = [
  'canary',
  'clients',
  'fairness',
  'kafka-away',
  'kill',
  'kill-sessions',
  'many-sessions',
  'spine',
  'web-replay',
].map((name) => `src/${name}.e2e.ts`)

const shared = {
  root: import.meta.dirname,
  testTimeout: 120_000,
  // A poll waits for what a busy machine takes its time for; it ends as soon as it is there.
  expect: { poll: { timeout: 20_000, interval: 100 } },
  hookTimeout: 180_000,
}

export default defineConfig({
  test: {
    teardownTimeout: 30_000,
    projects: [
      {
        test: {
          ...shared,
          name: 'e2e',
          include: ['src/**/*.e2e.ts'],
          exclude: alone,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'e2e, alone',
          include: alone,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
