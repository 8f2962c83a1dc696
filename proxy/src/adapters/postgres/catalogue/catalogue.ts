/**
 * The catalogue of one connection: a snapshot that is loaded before the first session, renewed by age while it is used,
 * and at once when the relay meets something that it doesn't know. One load at a time serves everybody who waits.
 */
import { isGatetrailError, type GatetrailError } from '@gatetrail/schemas'
import type { Logger } from 'pino'
import type { TaggedColumn } from '../facts/environment.ts'
import type { TargetConnection } from '../upstream/connect.ts'
import { createDerivedTags } from './derived-tags.ts'
import { createKeptClient } from './kept-client.ts'
import { loadSnapshot, type LoadedSnapshot } from './load-snapshot.ts'
import { isBlocked } from './load-model.ts'
import { emptySnapshot, withModel, type Snapshot } from './snapshot.ts'

const ageMsMin = 60_000
/** A catalogue that takes long to read is read less often: at most a twentieth of the time goes into it. */
const ageByLoadTime = 20
const retryAfterMs = 5_000
/** As long as definitions are locked, sessions begin with what was known, up to this age. */
const blockedAgeMsMax = 600_000
/** Where nothing is known yet. */
const blockedAttemptsMax = 5

export type Catalogue = {
  /** The newest snapshot; older than 60 s, a new one is on its way. */
  current(): Snapshot
  /** A snapshot of the target as it is now or later. @throws GatetrailError UPSTREAM_*, CREDENTIAL_UNAVAILABLE */
  refresh(): Promise<Snapshot>
  /** The code of the error, while the target does not tell what it holds; it was asked and has not answered since. */
  failure(): string | undefined
  /** Before a session opens: resolves when facts and masking know the target. @throws as `refresh` */
  ready(): Promise<void>
  /**
   * Tagged data is about to be stored there: from now on the column is tagged like it, for every session of this process. A
   * relation that the catalogue doesn't show yet is tagged when it does. `column` undefined: all of them.
   * False: no more can be kept, and the statement must not run.
   */
  addDerivedTags(
    relation: number | string,
    column: string | undefined,
    tags: readonly TaggedColumn[],
  ): boolean
}

export type CatalogueOptions = {
  connection: {
    name: string
    columns: Readonly<Record<string, string>>
    /** The login of callers who may write nothing. */
    readOnlyUser?: string | undefined
  }
  /** A target connection for the catalogue alone. */
  open(settings: ReadonlyMap<string, string>): Promise<TargetConnection>
  onUnmatched(places: readonly string[]): void
  log: Logger
  now?(): number
}

/**
 * Our own statements must not depend on what the account has set, nor hold up the target; and must not wait for those who
 * change definitions in open transactions.
 */
export const catalogueSettings: ReadonlyMap<string, string> = new Map([
  ['application_name', 'gatetrail catalogue'],
  ['client_encoding', 'UTF8'],
  ['default_transaction_read_only', 'on'],
  ['lock_timeout', '2000'],
  ['statement_timeout', '30000'],
])

export function createCatalogue(options: CatalogueOptions): Catalogue {
  const { connection, log } = options
  const now = options.now ?? ((): number => performance.now())
  const derived = createDerivedTags(now)
  const clients = createKeptClient(connection.name, async () => options.open(catalogueSettings))
  let snapshot = emptySnapshot()
  let loaded: LoadedSnapshot | undefined
  let loadedAt: number | undefined
  let ageMsMax = ageMsMin
  let failedAt: number | undefined
  let failure: string | undefined
  /** A load that somebody asked for failed: the next one does not wait for its age. */
  let missed = false
  let loading: Promise<Snapshot> | undefined
  let following: Promise<Snapshot> | undefined
  let toldUnreadable = ''

  const readTarget = async (): Promise<Snapshot> => {
    const startedAt = now()
    try {
      const mark = derived.mark()
      const client = await clients.take()
      try {
        loaded = await loadSnapshot(
          client,
          connection.columns,
          connection.readOnlyUser,
          loaded,
          (stated) => derived.complete(stated, mark),
        )
      } catch (error) {
        client.close()
        throw error
      }
      clients.keep(client)
      // Tags that were added while it was read are in it too.
      snapshot = withModel(loaded.snapshot, derived.complete(loaded.stated))
      options.onUnmatched(loaded.unmatched)
      tellUnreadable(loaded.unreadable)
      loadedAt = startedAt
      ageMsMax = Math.max(ageMsMin, (now() - startedAt) * ageByLoadTime)
      failedAt = undefined
      failure = undefined
      missed = false
      return snapshot
    } catch (error) {
      failedAt = now()
      failure = isGatetrailError(error) ? error.code : 'BUG'
      missed = true
      throw error
    }
  }

  const tellUnreadable = (topics: readonly string[]): void => {
    if (topics.join() !== toldUnreadable && topics.length > 0) {
      log.warn(
        { connection: connection.name, topics },
        'the account may not read all of the catalogue',
      )
    }
    toldUnreadable = topics.join()
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

  /** What is known must do for a session that begins now. */
  const mustDo = (error: unknown): boolean =>
    isBlocked(error) && loadedAt !== undefined && now() - loadedAt < blockedAgeMsMax

  const stale = (): boolean => loadedAt === undefined || now() - loadedAt > ageMsMax

  return {
    refresh,
    failure: () => failure,
    current() {
      const waits = failedAt !== undefined && now() - failedAt < retryAfterMs
      if (loading === undefined && !waits && (missed || stale())) {
        load().catch((error: GatetrailError) => {
          // The last snapshot goes on: what it doesn't know, the relay asks for by itself, and refuses if it can't.
          log.warn({ connection: connection.name, code: error.code }, 'catalogue not renewed')
        })
      }
      return snapshot
    },
    async ready() {
      for (let attempt = 1; stale(); attempt++) {
        try {
          await load()
        } catch (error) {
          if (mustDo(error)) return
          if (!isBlocked(error) || attempt >= blockedAttemptsMax) throw error
        }
      }
    },
    addDerivedTags(relation, column, tags) {
      const known =
        typeof relation === 'number'
          ? snapshot.model.relationsByOid.get(relation)
          : snapshot.model.relationsByName.get(relation)
      if (known === undefined && typeof relation === 'number') return false
      const name = known === undefined ? String(relation) : `${known.schema}.${known.name}`
      const kept = derived.add(name, column, tags)
      if (loaded !== undefined) snapshot = withModel(snapshot, derived.complete(loaded.stated))
      if (!kept)
        log.error({ connection: connection.name }, 'too many columns were filled with tagged data')
      return kept
    },
  }
}
