/**
 * Words over a year of recorded texts, asked through the real API: a word that one record holds, one that every second record holds,
 * a phrase, a beginning, and one that is nowhere. Of several sizes, so that the growth is seen.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedStore } from '@gatetrail/ingest'
import { migrations, singleTarget } from '@gatetrail/schemas'
import { startGatetrail, storeDirectory, type Gatetrail } from './gatetrail.ts'
import { fixed, percentile, table } from './statistics.ts'
import { freePort } from './targets.ts'

const tenant = 'bench'
const days = 365
const from = '2026-01-01'
const recordsPerSession = 200
const wordsPerRecord = 24
const vocabulary = 200_000
const insertRecordsMax = 1_000_000
const asked = 15

const questions = {
  'one record': 'pangolin',
  'every second record': 'often',
  'a phrase': '"pangolin sleeps"',
  'a beginning': 'pangol*',
  nowhere: 'nonesuch',
  'of two years ago': 'often&to=2025-01-01',
} as const

/** @returns a table: how long the first page of hits took, warm, per size. */
export async function benchSearch(sizes: readonly number[]): Promise<string> {
  const rows: string[][] = []
  for (const size of sizes) rows.push(await benchSize(size))
  return table(
    ['search, first page, warm, p50 / p95 ms; records', 'MB', ...Object.keys(questions)],
    rows,
  )
}

async function benchSize(records: number): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-bench-search-'))
  try {
    const bytes = await fill(directory, records)
    const gatetrail = await startGatetrail(directory, await freePort(), { tenant })
    try {
      const cells: string[] = []
      for (const question of Object.values(questions)) {
        const times = new Float64Array(asked)
        await ask(gatetrail, question) // Not counted: warm.
        for (const index of times.keys()) times[index] = await ask(gatetrail, question)
        cells.push(`${fixed(percentile(times, 50), 0)} / ${fixed(percentile(times, 95), 0)}`)
      }
      return [records.toLocaleString('en'), fixed(bytes / 1e6, 0), ...cells]
    } finally {
      await gatetrail.stop()
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function ask({ replayUrl, localToken }: Gatetrail, question: string): Promise<number> {
  const [words = '', ...more] = question.split('&')
  const address = `/api/search?q=${encodeURIComponent(words)}${more.map((one) => `&${one}`).join('')}`
  const startedAt = performance.now()
  const response = await fetch(`${replayUrl}${address}`, {
    headers: { authorization: `Bearer ${localToken}` },
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${address} answered ${response.status}: ${text}`)
  const { hits, stopped } = JSON.parse(text) as { hits: unknown[]; stopped: string | null }
  const ms = performance.now() - startedAt
  const isNowhere = words === questions.nowhere || more.length > 0
  if (stopped !== null || hits.length > 0 === isNowhere)
    throw new Error(`${words}: ${hits.length} hits, stopped by ${stopped}`)
  return ms
}

/** Each record is a chunk of a result, with a text of its own, spread over a year. */
async function fill(directory: string, records: number): Promise<number> {
  await mkdir(storeDirectory(directory), { recursive: true, mode: 0o700 })
  const store = await openEmbeddedStore(storeDirectory(directory))
  const startedAt = performance.now()
  const run = (query: string) => store.write.command({ query })
  try {
    for (const migration of migrations)
      for (const query of migration.statements(singleTarget())) await run(query)
    // Gatetrail finds all tables there, and makes its notes.
    for (let first = 0; first < records; first += insertRecordsMax)
      await run(chunksOf(first, Math.min(insertRecordsMax, records - first), records))
    await run(`INSERT INTO sessions_rows (tenant, session, writer, state, time, last_time, last_seq, principal, connection, stored, row_version)
      SELECT tenant, session, session, 'closed', min(chunks_rows.time), max(chunks_rows.time), max(seq), 'bench#search', 'orders', now(), 1
      FROM chunks_rows GROUP BY tenant, session
      SETTINGS throw_on_max_partitions_per_insert_block = 0`)
    const result = await store.read.query({
      query:
        'SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase()',
      format: 'JSONEachRow',
    })
    const [row] = await result.json<{ bytes: string }>()
    const seconds = (performance.now() - startedAt) / 1_000
    console.log(`${records.toLocaleString('en')} records made in ${fixed(seconds, 0)} s`)
    return Number(row?.bytes)
  } finally {
    await store.close()
  }
}

function chunksOf(first: number, count: number, all: number): string {
  const stepMicros = Math.floor((days * 86_400e6) / all)
  return `INSERT INTO chunks_rows (tenant, session, seq, writer, protocol, time, directions, types, first, last, masked, withheld,
      total_lengths, lengths, payload, shown, searched, stored, row_version)
    SELECT '${tenant}', session, place % ${recordsPerSession}, session, 'postgres', at, ['to_client'], [68], [true], [true], [false], [false],
      [length(frame)], [length(frame)], frame, hidden, 2, now(), 1 FROM (
      SELECT number + ${first} AS place,
        fromUnixTimestamp64Micro(toUnixTimestamp64Micro(toDateTime64('${from}', 6, 'UTC')) + place * ${stepMicros}, 'UTC') AS at,
        dateTimeToUUIDv7(toDateTime(fromUnixTimestamp64Micro(toUnixTimestamp64Micro(toDateTime64('${from}', 6, 'UTC'))
          + intDiv(place, ${recordsPerSession}) * ${recordsPerSession} * ${stepMicros}, 'UTC'))) AS made,
        -- The same for all of a session.
        toUUID(concat(substring(toString(made), 1, 15), leftPad(lower(hex(toUInt16(intDiv(place, ${recordsPerSession}) % 4096))), 3, '0'),
          '-8000-', leftPad(lower(hex(toUInt64(intDiv(place, ${recordsPerSession})))), 12, '0'))) AS session,
        concat(if(place % 2 = 0, 'often ', ''), if(place = ${Math.floor(all / 3)}, 'the pangolin sleeps ', ''),
          arrayStringConcat(arrayMap(word -> concat('w', toString(toUInt32(${vocabulary} * pow((sipHash64(place, word) % 1000000) / 1000000, 3)))), range(${wordsPerRecord})), ' ')) AS text,
        -- A row of one value.
        concat('D', char(0, 0, intDiv(length(text) + 10, 256), (length(text) + 10) % 256, 0, 1, 0, 0, intDiv(length(text), 256), length(text) % 256), text) AS frame,
        concat(substringIndex(text, ' ', 1), ' ', substringIndex(text, ' ', -1)) AS hidden
      FROM numbers(${count}))
    SETTINGS max_threads = 1, max_insert_threads = 1, throw_on_max_partitions_per_insert_block = 0`
}
