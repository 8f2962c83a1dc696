/** What the store knows of the platform's health: processes that write, gaps, dead letters, and the store itself. No audit content. */
import type { Gap, Health, Writer } from '@gatetrail/replay-api'
import { z } from 'zod'
import { gapsShownMax, writersShownMax, writerSilentMs } from '../limits.ts'
import { orNull } from './principal-rows.ts'
import { isoTime, storeTime, type Questions } from './question.ts'

const dayMs = 86_400_000
/** Processes that began earlier and go on are found by what they write now. */
const lately = `tenant = {tenant:String} AND time >= {since:DateTime64(6, 'UTC')}`

const seenRow = z.object({ writer_id: z.string(), last_at: z.string() })
const startedRow = z.object({
  writer_id: z.string(),
  at: z.string(),
  role: z.string(),
  instance: z.string(),
  host: z.string(),
  version: z.string(),
})
const endedRow = z.object({ writer_id: z.string(), kind: z.string(), at: z.string() })

/** `behindMs`: how far the store is behind. The newest first. */
export async function writersOf(
  questions: Questions,
  nowMs: number,
  behindMs: number,
): Promise<Writer[]> {
  const since = storeTime(new Date(nowMs - dayMs))
  // Without deduplication: the highest of several versions is the same.
  const seen = await questions.rows(
    `SELECT toString(writer) AS writer_id, toString(max(time)) AS last_at FROM records_rows WHERE ${lately}
    GROUP BY writer ORDER BY last_at DESC LIMIT ${writersShownMax}`,
    { since },
    seenRow,
  )
  const ids = { ids: seen.map(({ writer_id }) => writer_id) }
  const started = await questions.rows(
    `SELECT toString(writer) AS writer_id, toString(events.time) AS at, JSONExtractString(body, 'role') AS role,
      JSONExtractString(body, 'instance') AS instance, JSONExtractString(body, 'host') AS host,
      JSONExtractString(body, 'version') AS version
    FROM events WHERE tenant = {tenant:String} AND kind = 'gatetrail.writer.started' AND toString(writer) IN {ids:Array(String)}`,
    ids,
    startedRow,
  )
  const ended = await questions.rows(
    `SELECT if(kind = 'gatetrail.writer.stopped', toString(writer), JSONExtractString(body, 'writer')) AS writer_id,
      kind, toString(events.time) AS at FROM events
    WHERE ${lately} AND kind IN ('gatetrail.writer.stopped', 'gatetrail.journal.recovered', 'gatetrail.writer.missed')
    ORDER BY events.time LIMIT 10000`,
    { since },
    endedRow,
  )
  const starts = new Map(started.map((row) => [row.writer_id, row]))
  const ends = new Map(ended.map((row) => [row.writer_id, row]))
  return seen.map(({ writer_id: writer, last_at }) => {
    const start = starts.get(writer)
    const last = isoTime(last_at)
    const end = ends.get(writer)
    return {
      writer,
      role: orNull(start?.role ?? ''),
      instance: orNull(start?.instance ?? ''),
      host: orNull(start?.host ?? ''),
      version: orNull(start?.version ?? ''),
      started: start === undefined ? null : isoTime(start.at),
      last,
      state: stateOf(end?.kind, nowMs - behindMs - Date.parse(last)),
    }
  })
}

function stateOf(end: string | undefined, quietMs: number): Writer['state'] {
  if (end === 'gatetrail.writer.stopped') return 'stopped'
  if (end !== undefined) return 'died'
  return quietMs > writerSilentMs ? 'silent' : 'running'
}

const gapRow = z.object({
  at: z.string(),
  writer: z.string(),
  from_position: z.int(),
  to_position: z.int(),
  reason: z.string(),
})

export async function gapsLately(
  questions: Questions,
  nowMs: number,
): Promise<{ lastDay: number; newest: Gap[] }> {
  const found = `tenant = {tenant:String} AND kind = 'gatetrail.gap.found'`
  const counted = await questions.row(
    `SELECT count() AS gaps FROM events WHERE ${found} AND time >= {since:DateTime64(6, 'UTC')}`,
    { since: storeTime(new Date(nowMs - dayMs)) },
    z.object({ gaps: z.int() }),
  )
  const rows = await questions.rows(
    `SELECT toString(events.time) AS at, JSONExtractString(body, 'writer') AS writer,
      JSONExtractInt(body, 'fromPosition') AS from_position, JSONExtractInt(body, 'toPosition') AS to_position,
      JSONExtractString(body, 'reason') AS reason
    FROM events WHERE ${found} ORDER BY events.time DESC LIMIT ${gapsShownMax}`,
    {},
    gapRow,
  )
  return {
    lastDay: counted?.gaps ?? 0,
    newest: rows.map((row) => ({
      time: isoTime(row.at),
      writer: row.writer,
      fromPosition: row.from_position,
      toPosition: row.to_position,
      reason: row.reason,
    })),
  }
}

const letterRow = z.object({ reason: z.string(), waiting: z.int(), last_at: z.string() })

export async function deadLettersOf(questions: Questions): Promise<Health['deadLetters']> {
  const rows = await questions.rows(
    `SELECT reason, count() AS waiting, toString(max(time)) AS last_at FROM dead_letters
    WHERE tenant = {tenant:String} AND open GROUP BY reason ORDER BY waiting DESC LIMIT 50`,
    {},
    letterRow,
  )
  return rows.map((row) => ({ reason: row.reason, open: row.waiting, last: isoTime(row.last_at) }))
}

const tableRow = z.object({ name: z.string(), table_rows: z.int(), table_bytes: z.int() })
const diskRow = z.object({ name: z.string(), free: z.int(), whole: z.int() })

/** The engine, as far as its user may know. */
export async function storeOf(questions: Questions): Promise<NonNullable<Health['store']>> {
  const engine = await questions.row(
    'SELECT version() AS version',
    {},
    z.object({ version: z.string() }),
  )
  const tables = await told(() =>
    questions.rows(
      `SELECT table AS name, sum(rows) AS table_rows, sum(bytes_on_disk) AS table_bytes FROM system.parts
      WHERE database = currentDatabase() AND active GROUP BY table ORDER BY table_bytes DESC LIMIT 100`,
      {},
      tableRow,
    ),
  )
  const disks = await told(() =>
    questions.rows(
      `SELECT name, free_space AS free, total_space AS whole FROM system.disks WHERE total_space > 0
        AND total_space < 9007199254740991 LIMIT 50`,
      {},
      diskRow,
    ),
  )
  return {
    version: engine?.version ?? '',
    tables:
      tables?.map((row) => ({ table: row.name, rows: row.table_rows, bytes: row.table_bytes })) ??
      null,
    disks:
      disks?.map((row) => ({ name: row.name, freeBytes: row.free, totalBytes: row.whole })) ?? null,
  }
}

/** Undefined: a user that only reads may not look into the engine's own tables. */
async function told<Rows>(ask: () => Promise<Rows>): Promise<Rows | undefined> {
  try {
    return await ask()
  } catch {
    return undefined
  }
}

/** When the newest record was stored. */
export async function lastStored(questions: Questions, nowMs: number): Promise<string | null> {
  const found = await questions.row(
    `SELECT if(count() = 0, '', toString(max(time))) AS at FROM records_rows WHERE ${lately}`,
    { since: storeTime(new Date(nowMs - dayMs)) },
    z.object({ at: z.string() }),
  )
  return found === undefined || found.at === '' ? null : isoTime(found.at)
}
