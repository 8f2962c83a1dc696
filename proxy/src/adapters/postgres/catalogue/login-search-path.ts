/**
 * The search_path that sessions of another login than the catalogue's begin with: roles may have one of their own, and only
 * a session of theirs tells. Asked for where the target doesn't report it by itself (before PostgreSQL 18). From
 * connection.ts, to open-target.ts.
 */
import type { TargetConnection } from '../upstream/connect.ts'
import { createQueryClient } from './query-client.ts'

const ageMsMax = 60_000

/** As SHOW prints it. @throws GatetrailError UPSTREAM_*, CREDENTIAL_UNAVAILABLE */
export function createLoginSearchPath(
  name: string,
  open: () => Promise<TargetConnection>,
  now: () => number = () => performance.now(),
): () => Promise<string> {
  let last: { path: Promise<string>; askedAt: number } | undefined

  const ask = async (): Promise<string> => {
    const client = createQueryClient(await open(), name)
    try {
      const rows = await client.query(`select pg_catalog.current_setting('search_path')`, [])
      return rows[0]?.[0] ?? ''
    } finally {
      client.close()
    }
  }

  return () => {
    if (last !== undefined && now() - last.askedAt <= ageMsMax) return last.path
    const asked = { path: ask(), askedAt: now() }
    last = asked
    asked.path.catch(() => {
      if (last === asked) last = undefined
    })
    return asked.path
  }
}
