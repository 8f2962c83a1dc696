/** The end-to-end tests of the night: they take long, or need what scripts/postgres-source.mjs builds. See scripts/nightly.mjs. */
import { defineConfig } from 'vitest/config'
import { hasPostgres, postgresInstalled, postgresSource } from '../scripts/postgres-source.mjs'

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['src/**/*.nightly.ts'],
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 1_200_000,
    hookTimeout: 180_000,
    teardownTimeout: 30_000,
    provide: {
      postgresClient: hasPostgres('client') ? postgresInstalled : '',
      postgresServer: hasPostgres('server') ? postgresInstalled : '',
      postgresSource: hasPostgres('server') ? postgresSource : '',
    },
  },
})
