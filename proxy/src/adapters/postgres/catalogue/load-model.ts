/**
 * Reads the whole catalogue of a target: what the facts of a statement rest on. First its rows, as of one moment, then the
 * definitions that are new or have changed. From read-rows.ts and read-texts.ts, to load-snapshot.ts.
 */
import { isGatetrailError } from '@gatetrail/schemas'
import { buildModel, type LoadedModel } from './build-model.ts'
import type { QueryClient } from './query-client.ts'
import {
  isRequired,
  readRows,
  type CatalogueRows,
  type Temporary,
  type Unreadable,
} from './read-rows.ts'
import { missingTexts, noTexts, printedTexts, readTexts, type KnownTexts } from './read-texts.ts'

const attemptsMax = 3
/** Who changes definitions without a pause finds those of the moment masked: they are read with the next load. */
const passesMax = 5

/** lock_not_available */
const lockNotAvailable = '55P03'
const notPermitted = '42501'

/** An open transaction holds a relation whose definition is asked for (pg_get_viewdef): to be tried again soon. */
export function isBlocked(error: unknown): boolean {
  return sqlstateOf(error) === lockNotAvailable
}

/** What a load leaves for the next. */
export type KnownModel = {
  readonly rows: CatalogueRows
  readonly unreadable: string
  readonly texts: KnownTexts
  /** As of when the model was made. */
  readonly textChanges: number
  readonly untold: number
}

/** `loaded` undefined: all is as it was known. `temporary`: of all sessions, OID → pg_temp_N.name; they are not in the model. */
type ModelLoad = { loaded: LoadedModel | undefined; temporary: Temporary; known: KnownModel }

/**
 * `configured`: schema.relation.column → data class. `readOnlyUser`: another login of the connection. `known`: from the load
 * before. Doesn't hold the event loop for longer than a few milliseconds at a time.
 * @throws GatetrailError UPSTREAM_UNAVAILABLE, UPSTREAM_PROTOCOL_VIOLATION
 */
export async function loadModel(
  client: QueryClient,
  configured: Readonly<Record<string, string>>,
  readOnlyUser = '',
  known?: KnownModel,
): Promise<ModelLoad> {
  const unreadable: Unreadable = new Set()
  const texts = known?.texts ?? noTexts()
  let rows = known?.rows
  for (let pass = 1; ; pass++) {
    rows = await readSteadily(rows)
    const missing = await missingTexts(rows, texts)
    if (missing.length > 0 && pass < passesMax) {
      // What is read here is right if the next pass finds everything as this one did.
      await readTexts(client, missing, rows, texts, pass > 1, (error, kind) => {
        const sqlstate = sqlstateOf(error)
        if (sqlstate === notPermitted) unreadable.add(kind)
        else if (sqlstate === undefined || !isPassing(sqlstate)) throw error
      })
      continue
    }
    const untold = missing.reduce((sum, { oids }) => sum + oids.length, 0)
    const { changes: textChanges } = texts
    const now = { rows, unreadable: [...unreadable].join(), texts, textChanges, untold }
    const { temporary } = rows
    if (known !== undefined && sameModel(known, now)) {
      return { loaded: undefined, temporary, known: now }
    }
    const printed = printedTexts(texts, missing)
    const loaded = await buildModel(rows, printed, configured, [...unreadable])
    return { loaded, temporary, known: now }
  }

  async function readSteadily(before: CatalogueRows | undefined): Promise<CatalogueRows> {
    let failures = 0
    let stepwise = false
    for (;;) {
      let refused: readonly string[] = []
      try {
        return await readRows(client, readOnlyUser, before, unreadable, stepwise, (names) => {
          refused = names
        })
      } catch (error) {
        const sqlstate = sqlstateOf(error)
        if (sqlstate === undefined) throw error
        await client.query('rollback', [])
        const optional = refused.filter((name) => !isRequired(name))
        if (sqlstate === notPermitted && !stepwise) stepwise = true
        else if (
          sqlstate === notPermitted &&
          optional.length > 0 &&
          optional.length === refused.length
        )
          for (const name of optional) unreadable.add(name)
        else if (sqlstate === lockNotAvailable || ++failures >= attemptsMax) throw error
      }
    }
  }
}

/** What comes of what was dropped or changed while it was printed: in the server's own ways (XX000) too. */
function isPassing(sqlstate: string): boolean {
  return sqlstate === 'XX000' || sqlstate.startsWith('42')
}

function sameModel(before: KnownModel, now: KnownModel): boolean {
  const [a, b] = [before.rows, now.rows]
  return (
    before.textChanges === now.textChanges &&
    before.untold === 0 &&
    now.untold === 0 &&
    before.unreadable === now.unreadable &&
    a.account.join('\n') === b.account.join('\n') &&
    a.schemas === b.schemas &&
    a.tagTexts === b.tagTexts &&
    a.topics.size === b.topics.size &&
    [...a.topics].every(([topic, { rows }]) => b.topics.get(topic)?.rows === rows)
  )
}

function sqlstateOf(error: unknown): string | undefined {
  return isGatetrailError(error) && error.cause instanceof Error && 'sqlstate' in error.cause
    ? String(error.cause.sqlstate)
    : undefined
}
