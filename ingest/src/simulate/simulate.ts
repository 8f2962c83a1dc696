/**
 * `gatetrail simulate`: grows a trail of days or years straight into a store, as fast as its engine makes rows, to see how
 * large a store becomes and how fast it answers. It is that of jobs, agents and people who worked long ago: who, when, what,
 * touches; the bytes have expired. Not a record goes through a journal, and all of it is marked as simulated.
 */
import { GatetrailError } from '@gatetrail/schemas'
import { migrate } from '../store/migrate.ts'
import { literal, runCommand, selectRows, type Store } from '../store/store.ts'
import { insertsOf } from './rows.ts'
import {
  planDays,
  simulatedTenant,
  type SimulatedDay,
  type SimulationOptions,
} from './simulated-year.ts'

export type SimulationProgress = {
  date: string
  /** In the store now. */
  records: number
  recordsTotal: number
}

export type SimulationSummary = SimulationProgress & {
  /** Not there already when it was called. */
  recordsMade: number
  sessions: number
  statements: number
  touches: number
  /** On disk, compressed, of this store's tables. */
  bytes: number
}

export const simulatedDaysMax = 3_650
export const simulatedRecordsMax = 10_000_000_000

/** In one insert: what it takes in memory, and what is done again after a kill. */
const sliceRecordsMax = 1_000_000

/**
 * Makes what is missing of the simulation; the same options go on where an earlier run stopped, be it by a kill.
 * @throws GatetrailError SIMULATION_REFUSED if the tenant holds other records, STORE_UNAVAILABLE, STORE_MIGRATION_FAILED
 */
export async function* simulate(
  store: Store,
  options: SimulationOptions,
): AsyncGenerator<SimulationProgress, SimulationSummary, void> {
  await migrate(store.write, store.target)
  const days = planDays(options)
  const recordsTotal = days.reduce((sum, day) => sum + day.records, 0)
  const there = await recordsByWriter(store, days)
  let records = [...there.values()].reduce((sum, count) => sum + count, 0)
  const before = records
  for (const day of days) {
    // Positions are dense and a slice is one block: what is there ends where a slice ended.
    let from = there.get(day.writer) ?? 0
    // Ends: every insert has a record at least, or throws.
    while (from < day.records) {
      const slice = { day, seed: options.seed, from, to: from + sliceRecordsMax }
      for (const query of insertsOf(slice)) await runCommand(store.write, query)
      const now = await recordsOf(store, day.writer)
      if (now <= from) throw new Error(`no session begins at record ${from} of ${day.date}`)
      records += now - from
      from = now
      yield { date: day.date, records, recordsTotal }
    }
  }
  return {
    date: days.at(-1)?.date ?? options.from,
    ...{ records, recordsTotal, recordsMade: records - before },
    ...(await countAll(store)),
  }
}

/** How many records of each day's writer there are. @throws GatetrailError SIMULATION_REFUSED */
async function recordsByWriter(
  store: Store,
  days: readonly SimulatedDay[],
): Promise<Map<string, number>> {
  const [real] = await selectRows(
    store.read,
    `SELECT toFloat64(count()) AS sessions FROM sessions WHERE tenant = ${literal(simulatedTenant)} AND issuer != 'simulated'`,
  )
  if (Number(real?.['sessions']) > 0)
    throw refused(
      `the tenant ${simulatedTenant} holds ${String(real?.['sessions'])} sessions that were not simulated`,
    )
  const rows = await selectRows(
    store.read,
    `SELECT toString(writer) AS writer, toFloat64(count()) AS records FROM records
      WHERE tenant = ${literal(simulatedTenant)} AND writer IN (SELECT DISTINCT writer FROM sessions WHERE tenant = ${literal(simulatedTenant)})
      GROUP BY writer LIMIT ${simulatedDaysMax + 1}`,
  )
  const wanted = new Set(days.map(({ writer }) => writer))
  const there = new Map(rows.map((row) => [String(row['writer']), Number(row['records'])]))
  if ([...there.keys()].some((writer) => !wanted.has(writer)))
    throw refused('it holds another simulation: other days, records, seed or first day')
  return there
}

function refused(why: string): GatetrailError {
  return new GatetrailError('SIMULATION_REFUSED', `nothing was simulated in this store: ${why}`, {
    hint: 'Repeat the options of the first run to go on with it, or give an empty store (another dataDir, another store.database).',
  })
}

async function recordsOf(store: Store, writer: string): Promise<number> {
  const [row] = await selectRows(
    store.read,
    `SELECT toFloat64(count()) AS records FROM records_rows WHERE tenant = ${literal(simulatedTenant)} AND writer = ${literal(writer)}`,
  )
  return Number(row?.['records'])
}

async function countAll(
  store: Store,
): Promise<Pick<SimulationSummary, 'sessions' | 'statements' | 'touches' | 'bytes'>> {
  const count = async (table: string) => {
    const [row] = await selectRows(
      store.read,
      `SELECT toFloat64(count()) AS rows FROM ${table} WHERE tenant = ${literal(simulatedTenant)}`,
    )
    return Number(row?.['rows'])
  }
  const [parts] = await selectRows(
    store.read,
    `SELECT toFloat64(sum(bytes_on_disk)) AS bytes FROM system.parts WHERE active AND database = currentDatabase()`,
  )
  return {
    sessions: await count('sessions_rows'),
    statements: await count('statements_rows'),
    touches: await count('pii_touches_rows'),
    bytes: Number(parts?.['bytes']),
  }
}
