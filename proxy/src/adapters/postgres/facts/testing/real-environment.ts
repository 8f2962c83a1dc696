/** For tests and the benchmark: the environment of a session at a real PostgreSQL, by its own catalogue. */
import { pino } from 'pino'
import { createCatalogue } from '../../catalogue/catalogue.ts'
import type { TestPostgres } from '../../testing/postgres-server.ts'
import { connectToTarget } from '../../upstream/connect.ts'
import { createEnvironment, type SqlEnvironment } from '../environment.ts'

/** `tags`: schema.relation.column → data class. */
export async function realEnvironment(
  server: Pick<TestPostgres, 'port'>,
  tags: Readonly<Record<string, string>> = {},
): Promise<SqlEnvironment> {
  const catalogue = createCatalogue({
    connection: { name: 'test', columns: tags },
    open(settings) {
      const target = {
        name: 'test',
        address: `127.0.0.1:${server.port}`,
        tls: 'disable' as const,
        certificateAuthorities: undefined,
      }
      const login = { user: 'postgres', password: '', database: 'postgres' }
      return connectToTarget(target, login, settings)
    },
    onUnmatched: () => undefined,
    log: pino({ level: 'silent' }),
  })
  const { model } = await catalogue.refresh()
  return createEnvironment({
    model,
    searchPath: model.defaultSearchPath,
    temporary: new Map(),
    uncertain: model.uncertain,
  })
}
