import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { statementsPerMark } from '../limits.ts'
import { Questions } from '../store/question.ts'
import { ReplayedSessions, type ReplayedSession } from '../store/replayed-session-question.ts'
import { openTestStore } from '../testing/open-test-store.ts'
import { MarksOfSessions, type Wanted } from './statement-marks.ts'
import { statementWindow } from './statement-window.ts'

const id = '0199c82c-c3e8-7001-8000-000000000001'
const total = 3 * statementsPerMark + 5
/** Three statements are decided in the same moment. */
const offsetOf = (index: number) => 100 + Math.floor(index / 3) * 10
const seqOf = (index: number) => 5 + index * 2

let directory: string
let client: ClickHouseClient
let questions: Questions
let session: ReplayedSession

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-statement-window-'))
  client = await openTestStore(directory)
  await client.command({
    query: `INSERT INTO statements_rows (tenant, session, seq, offset_micros, text, verdict, stored, row_version)
      SELECT 'default', '${id}', 5 + number * 2, 100 + intDiv(number, 3) * 10, concat('select ', toString(number)), 'allow', now(), 1
      FROM numbers(${total})`,
  })
  await client.command({
    query: `INSERT INTO sessions_rows (tenant, session, state, protocol, connection, last_seq, stored, row_version)
      VALUES ('default', '${id}', 'closed', 'postgres', 'orders', ${seqOf(total)}, now(), 1)`,
  })
  questions = Questions.ofAll(client, 'default')
  session = await new ReplayedSessions().of(questions, id)
})

afterAll(async () => {
  await client.close()
  await rm(directory, { recursive: true, force: true })
})

/** The index that the wanted statement has among all of them. */
function indexAmongAll(wanted: Wanted): number {
  const all = Array.from({ length: total }, (_, index) => index)
  if (wanted.by === 'index') return Math.min(wanted.index, total - 1)
  return wanted.by === 'at'
    ? all.filter((index) => offsetOf(index) <= wanted.atMicros).length - 1
    : Math.min(all.filter((index) => seqOf(index) < wanted.seq).length, total - 1)
}

it('A window is around the statement that is in force, has the seq, or the index, wherever marks stand', async () => {
  const marks = new MarksOfSessions()
  const places = [
    0,
    statementsPerMark - 1,
    statementsPerMark,
    2 * statementsPerMark + 1,
    total - 1,
    total + 9,
  ]
  const wanted = places.flatMap((place): Wanted[] => [
    { by: 'index', index: place },
    { by: 'seq', seq: seqOf(place) },
    { by: 'seq', seq: seqOf(place) - 1 },
    { by: 'at', atMicros: offsetOf(place) },
    { by: 'at', atMicros: offsetOf(place) - 1 },
  ])
  for (const one of wanted) {
    for (const size of [
      { before: 20, limit: 60 },
      { before: 50, limit: 10 },
    ]) {
      const index = indexAmongAll(one)
      const first = Math.max(0, index - size.before)
      const shown = Array.from({ length: Math.min(size.limit, total - first) }, (_, at) => ({
        index: first + at,
        seq: seqOf(first + at),
      }))
      const found = await statementWindow(questions, session, marks, one, size)
      expect({
        total: found.total,
        current: found.current,
        statements: found.statements.map(({ index: at, seq }) => ({ index: at, seq })),
      }).toEqual({ total, current: index < 0 ? null : index, statements: shown })
    }
  }
})
