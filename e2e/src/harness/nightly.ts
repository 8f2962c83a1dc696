/** What vitest.nightly.config.ts gives to the tests of the night: folders of a PostgreSQL from source, '' where it is not built. */
import { join } from 'node:path'
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** With bin/psql and a libpq that knows OAuth. */
    postgresClient: string
    /** With the whole server. */
    postgresServer: string
    /** Its source tree, with its tests built. */
    postgresSource: string
  }
}

/** The folder with bin/psql of the newest PostgreSQL; undefined where it is not built. */
export function newestPostgresClient(): string | undefined {
  const folder = inject('postgresClient')
  return folder === '' ? undefined : folder
}

/** The whole server as it was installed, and its regression suite as it was built; undefined where it is not built. */
export function postgresFromSource(): { installed: string; suite: string } | undefined {
  const installed = inject('postgresServer')
  if (installed === '') return undefined
  return { installed, suite: join(inject('postgresSource'), 'src/test/regress') }
}
