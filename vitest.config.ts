/** Unit tests: every `*.test.ts` beside its source. Workspaces resolve to their sources, so no build is needed. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['gatetrail-source'] },
  ssr: { resolve: { conditions: ['gatetrail-source'] } },
  test: {
    include: [
      '*/src/**/*.test.ts',
      'replay-ui/*/src/**/*.test.{ts,tsx}',
      'deploy/demo/src/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', 'e2e/**', 'bench/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
