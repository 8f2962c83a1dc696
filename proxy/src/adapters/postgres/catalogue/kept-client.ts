/**
 * The catalogue's own session at the target, kept for a moment after a load: whoever changes definitions changes several,
 * and the next load comes at once. From catalogue.ts.
 */
import type { TargetConnection } from '../upstream/connect.ts'
import { createQueryClient, type QueryClient } from './query-client.ts'

/** Shorter than the 5 s for which DROP DATABASE and CREATE DATABASE … TEMPLATE wait for other sessions to end. */
const idleMsMax = 2_000

/** ALTER ROLE … SET and ALTER DATABASE … SET count for sessions that begin later. Names are qualified: the search_path is the account's. */
const defaultsSql = `
select pg_catalog.count(*), pg_catalog.string_agg(s.xmin::text, ',' order by s.setdatabase, s.setrole)
from pg_catalog.pg_db_role_setting s`

export type KeptClient = {
  /** A session that begins as a new one would. @throws GatetrailError UPSTREAM_*, CREDENTIAL_UNAVAILABLE */
  take(): Promise<QueryClient>
  /** After a load that went well; after another one the client is closed. */
  keep(client: QueryClient): void
}

export function createKeptClient(name: string, open: () => Promise<TargetConnection>): KeptClient {
  /** As they were when the session had begun. */
  const defaultsOf = new WeakMap<QueryClient, string>()
  let kept: { client: QueryClient; timer: NodeJS.Timeout } | undefined

  const readDefaults = async (client: QueryClient): Promise<string> =>
    JSON.stringify(await client.query(defaultsSql, []))

  const takeKept = async (): Promise<QueryClient | undefined> => {
    if (kept === undefined) return undefined
    const { client, timer } = kept
    kept = undefined
    clearTimeout(timer)
    try {
      if ((await readDefaults(client)) === defaultsOf.get(client)) return client
    } catch {
      // The target ended it, as it may at any time: a new one tells whether there is more to it.
    }
    client.close()
    return undefined
  }

  return {
    async take() {
      const before = await takeKept()
      if (before !== undefined) return before
      const client = createQueryClient(await open(), name)
      try {
        defaultsOf.set(client, await readDefaults(client))
      } catch (error) {
        client.close()
        throw error
      }
      return client
    },
    keep(client) {
      kept?.client.close()
      clearTimeout(kept?.timer)
      const timer = setTimeout(() => {
        kept = undefined
        client.close()
      }, idleMsMax)
      timer.unref()
      kept = { client, timer }
    },
  }
}
