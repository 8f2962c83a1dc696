/**
 * The catalogue of one connection: a snapshot that is loaded before the first session, renewed by age while it is used,
 * and at once when the relay meets something that it doesn't know. One load at a time serves everybody who waits.
 */
import type { GatetrailError } from '@gatetrail/schemas'
import type { Logger } from 'pino'
import type { TargetConnection } from '../upstream/connect.ts'
import { loadSnapshot } from './load-snapshot.ts'
import { createQueryClient } from './query-client.ts'
import { emptySnapshot, type Snapshot } from './snapshot.ts'

const ageMsMax = 60_000
const retryAfterMs = 5_000

export type Catalogue = {
  /** The newest snapshot; older than 60 s, a new one is on its way. */
  current(): Snapshot
  /** A snapshot of the target as it is now or later. @throws GatetrailError UPSTREAM_*, CREDENTIAL_UNAVAILABLE */
  refresh(): Promise<Snapshot>
  /** Before a session opens: resolves when masking knows the tagged columns. @throws as `refresh` */
  ready(): Promise<void>
}

export type CatalogueOptions = {
  connection: { name: string; columns: Readonly<Record<string, string>> }
  /** A target connection for the catalogue alone. */
  open(settings: ReadonlyMap<string, string>): Promise<TargetConnection>
  onUnmatched(places: readonly string[]): void
  log: Logger
  now?(): number
}

/** Our own statements must not depend on what the account has set, nor hold up the target. */
const settings: ReadonlyMap<string, string> = new Map([
  ['application_name', 'gatetrail catalogue'],
  ['client_encoding', 'UTF8'],
  ['search_path', 'pg_catalog'],
  ['default_transaction_read_only', 'on'],
  ['statement_timeout', '15000'],
])

export function createCatalogue(options: CatalogueOptions): Catalogue {
  const { connection, log } = options
  const now = options.now ?? ((): number => performance.now())
  const tagged = Object.keys(connection.columns).length > 0
  let snapshot = emptySnapshot()
  let loadedAt: number | undefined
  let failedAt: number | undefined
  let loading: Promise<Snapshot> | undefined
  let following: Promise<Snapshot> | undefined

  const readTarget = async (): Promise<Snapshot> => {
    const startedAt = now()
    try {
      const target = await options.open(settings)
      const client = createQueryClient(target, connection.name)
      try {
        const loaded = await loadSnapshot(client, connection.columns)
        snapshot = loaded.snapshot
        options.onUnmatched(loaded.unmatched)
      } finally {
        client.close()
      }
      loadedAt = startedAt
      failedAt = undefined
      return snapshot
    } catch (error) {
      failedAt = now()
      throw error
    }
  }

  /** Joins the load that is under way, if any. */
  const load = (): Promise<Snapshot> => {
    loading ??= readTarget().finally(() => {
      loading = undefined
    })
    return loading
  }

  /** A load that is under way may have looked before what the caller asks for was there: another one follows it. */
  const refresh = (): Promise<Snapshot> => {
    if (loading === undefined) return load()
    following ??= loading
      .catch(() => undefined)
      .then(() => {
        following = undefined
        return load()
      })
    return following
  }

  const stale = (): boolean => loadedAt === undefined || now() - loadedAt > ageMsMax

  return {
    refresh,
    current() {
      const waits = failedAt !== undefined && now() - failedAt < retryAfterMs
      if (tagged && loading === undefined && !waits && stale()) {
        load().catch((error: GatetrailError) => {
          // The last snapshot goes on: what it doesn't know, the relay asks for by itself, and refuses if it can't.
          log.warn({ connection: connection.name, code: error.code }, 'catalogue not renewed')
        })
      }
      return snapshot
    },
    async ready() {
      // Without tags there is nothing that masking must know beforehand.
      if (tagged && stale()) await load()
    },
  }
}
