/** Which writers `gatetrail verify` reads: all, those that wrote lately, or those that may have written a session. From verify-trail.ts. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listWriters } from '@gatetrail/eventlog'
import { readerPositionSchema } from '@gatetrail/schemas'
import { z } from 'zod'
import { ofSession, type Questions } from '../store/question.ts'

export type Writer = {
  writer: string
  inJournal: boolean
  committed: number
  lastTimeMs: number | undefined
  inStore: number
}

type Asked = {
  questions: Questions
  journalDirectory: string
  positionsDirectory: string
  session?: string | undefined
  since?: Date | undefined
}

const writerName = z.object({ writer_id: z.string() })
const writerRow = z.object({ writer_id: z.string(), records: z.int(), last_ms: z.int() })
const extentRow = z.object({
  writer_id: z.string(),
  first: z.int(),
  last: z.int(),
  places: z.int(),
})

export async function writersToRead(asked: Asked): Promise<Writer[]> {
  const writers = await writersOf(asked)
  return asked.session === undefined
    ? writers
    : writersOfSession(asked.questions, asked.session, writers)
}

async function writersOf(asked: Asked): Promise<Writer[]> {
  const { questions, journalDirectory, positionsDirectory } = asked
  // Who wrote a session is read whenever that was.
  const since = asked.session === undefined ? asked.since : undefined
  const stored = await questions.rows(
    `SELECT toString(writer) AS writer_id, count() AS records, toInt64(toUnixTimestamp64Milli(max(time))) AS last_ms
    FROM records WHERE tenant = {tenant:String} GROUP BY writer`,
    {},
    writerRow,
  )
  const inStore = new Map(stored.map((row) => [row.writer_id, row]))
  const inJournal = new Set(
    (await listWriters(journalDirectory))
      .filter(({ segments }) => segments.length > 0)
      .map(({ writer }) => writer),
  )
  const names = [...new Set([...inStore.keys(), ...inJournal])].sort()
  const writers: Writer[] = []
  for (const writer of names) {
    const row = inStore.get(writer)
    // A writer that only the journal has is new, or was removed from the store: it is looked at in any case.
    if (since !== undefined && row !== undefined && row.last_ms < since.getTime()) continue
    writers.push({
      writer,
      inJournal: inJournal.has(writer),
      committed: await committedPosition(positionsDirectory, writer),
      lastTimeMs: row?.last_ms,
      inStore: row?.records ?? 0,
    })
  }
  return writers
}

/**
 * Who wrote it, as the store has it, and every writer of which the store lacks something: that may have been the session's, and what
 * stands there instead be somebody's who never wrote. A session of which the store has nothing may be in any journal.
 */
async function writersOfSession(
  questions: Questions,
  session: string,
  writers: Writer[],
): Promise<Writer[]> {
  const rows = await questions.rows(
    `SELECT DISTINCT toString(writer) AS writer_id FROM records WHERE ${ofSession}`,
    { session },
    writerName,
  )
  const theirs = new Set(rows.map(({ writer_id: writer }) => writer))
  if (!writers.some(({ writer }) => theirs.has(writer))) return writers
  const isWhole = await wholeInStore(questions)
  return writers.filter((one) => theirs.has(one.writer) || !isWhole(one))
}

/** From the first position to the one that ingest had reached before we began, without a gap. */
async function wholeInStore(questions: Questions): Promise<(writer: Writer) => boolean> {
  // A bitmap counts places, not rows: one that is there twice hides none that is missing.
  const rows = await questions.rows(
    `SELECT toString(writer) AS writer_id, toInt64(min(position)) AS first, toInt64(max(position)) AS last,
      toInt64(groupBitmap(position)) AS places
    FROM records WHERE tenant = {tenant:String} GROUP BY writer`,
    {},
    extentRow,
  )
  const extents = new Map(rows.map((row) => [row.writer_id, row]))
  return ({ writer, committed }) => {
    const extent = extents.get(writer)
    if (extent === undefined) return false
    const { first, last, places } = extent
    return first === 0 && places === last + 1 && last + 1 >= committed
  }
}

/** All records of the writer before this position are in the store, by ingest's own word. */
async function committedPosition(directory: string, writer: string): Promise<number> {
  try {
    const text = await readFile(join(directory, `${writer}.json`), 'utf8')
    return readerPositionSchema.parse(JSON.parse(text)).nextPosition
  } catch {
    return 0 // None yet, or none any more once the journal is removed: then the store speaks for itself.
  }
}
