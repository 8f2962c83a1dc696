/**
 * Where a text stands in a session: in its statements, and in the frames of what was shown and sent. Read in windows of seqs, as far as
 * a second or so goes; the caller goes on from there. What is masked in the record is not found.
 */
import type { FindHit } from '@gatetrail/replay-api'
import { z } from 'zod'
import {
  excerptCharacters,
  findMsMax,
  findWindowMax,
  findWindowMin,
  replayRowsPerPage,
  statementsPerMark,
} from '../limits.ts'
import { ofSession } from '../store/question.ts'
import type { FindPlace } from '../terminal/find-in-terminal.ts'
import type { ChunkPlaces } from './find-start.ts'
import type { MarksOfSessions, StatementMarks } from './statement-marks.ts'

type Found = { hits: FindHit[]; next: FindPlace | null }
type Wanted = { text: string; from: FindPlace; hitsMax: number }

export async function findInSession(
  places: ChunkPlaces,
  marksOf: MarksOfSessions,
  wanted: Wanted,
): Promise<Found> {
  const { questions, session } = places
  const marks = await marksOf.of(questions, session)
  const startedAt = performance.now()
  const hits: FindHit[] = []
  let size = findWindowMin
  let from = wanted.from
  while (from.seq <= session.lastSeq) {
    const to = Math.min(from.seq + size, session.lastSeq + 1)
    const hitsLeft = wanted.hitsMax - hits.length
    const found = await findInWindow(places, marks, {
      text: wanted.text,
      from,
      to,
      hitsMax: hitsLeft,
    })
    hits.push(...found.hits)
    from = found.next
    // With as many hits as fit it is full only once there is another one.
    if (found.isFull || performance.now() - startedAt > findMsMax) break
    size = Math.min(size * 2, findWindowMax)
  }
  return { hits, next: from.seq <= session.lastSeq ? from : null }
}

const around = `substringUTF8(toValidUTF8(substring(text, greatest(1, at - ${excerptCharacters}), ${excerptCharacters * 3})), 1, ${excerptCharacters * 3})`

const shownRow = z.object({
  seq: z.int(),
  fragment: z.int(),
  offset: z.int(),
  excerpt: z.string(),
  is_answer: z.boolean(),
})

/** All hits of a window, or so many as are wanted, and where the next one is. */
async function findInWindow(
  { questions, session }: ChunkPlaces,
  marks: StatementMarks,
  { text, from, to, hitsMax }: { text: string; from: FindPlace; to: number; hitsMax: number },
): Promise<{ hits: FindHit[]; next: FindPlace; isFull: boolean }> {
  const parameters = {
    ...{ session: session.id, text, to, limit: hitsMax + 1 },
    ...{ from: from.seq, fragment: from.fragment },
  }
  const rows = await questions.rows(
    `SELECT seq, fragment, offset, ${around} AS excerpt, is_answer FROM (
      SELECT seq, 0 AS fragment, offset_micros AS offset, statements.text AS text,
        positionCaseInsensitive(statements.text, {text:String}) AS at, false AS is_answer
      FROM statements WHERE ${ofSession} AND seq >= {from:UInt32} AND seq < {to:UInt64} AND at > 0
        AND (seq > {from:UInt32} OR {fragment:UInt32} = 0)
      ORDER BY seq LIMIT {limit:UInt32}
      UNION ALL
      SELECT seq, fragment, offset_micros AS offset, bytes AS text, positionCaseInsensitive(bytes, {text:String}) AS at, true AS is_answer
      FROM frames WHERE ${ofSession} AND seq >= {from:UInt32} AND seq < {to:UInt64}
        AND seq IN (SELECT seq FROM chunks WHERE ${ofSession} AND seq >= {from:UInt32} AND seq < {to:UInt64}
          AND positionCaseInsensitive(payload, {text:String}) > 0)
        AND NOT (direction = 'to_target' AND type IN ('Q', 'P', 'i')) AND at > 0
        AND (seq, fragment) >= ({from:UInt32}, {fragment:UInt32})
      ORDER BY seq, fragment LIMIT {limit:UInt32})
    ORDER BY seq, fragment LIMIT {limit:UInt32}`,
    parameters,
    shownRow,
  )
  // A page goes on within a record: one may hold more than a page.
  const full = rows[hitsMax]
  const hits = await placed({ questions, session }, marks, rows.slice(0, hitsMax))
  const next = full === undefined ? { seq: to, fragment: 0 } : { seq: full.seq, fragment: full.fragment } // prettier-ignore
  return { hits, next, isFull: full !== undefined }
}

type Shown = z.infer<typeof shownRow>
const statementRow = z.object({
  hit: z.int(),
  seq: z.int(),
  number: z.int(),
  rows: z.int(),
})

/** Each hit with its statement: the last one that was decided before it. */
async function placed(
  { questions, session }: Pick<ChunkPlaces, 'questions' | 'session'>,
  marks: StatementMarks,
  shown: readonly Shown[],
): Promise<FindHit[]> {
  const [first] = shown
  if (first === undefined) return []
  const mark = Math.max(
    0,
    marks.seqs.findLastIndex((seq) => seq <= first.seq),
  )
  const found = await questions.rows(
    `SELECT hits.hit AS hit, of.seq AS seq, of.number AS number, of.rows AS rows
    FROM (SELECT 1 AS one, arrayJoin({hits:Array(UInt32)}) AS hit) AS hits
    ASOF JOIN (
      SELECT 1 AS one, seq, rows, row_number() OVER (ORDER BY seq) - 1 AS number FROM statements
      WHERE ${ofSession} AND seq >= {from:UInt32} AND seq <= {to:UInt32}) AS of
    ON hits.one = of.one AND hits.hit >= of.seq`,
    {
      session: session.id,
      hits: [...new Set(shown.map(({ seq }) => seq))],
      from: marks.seqs[mark] ?? 0,
      to: shown.at(-1)?.seq ?? 0,
    },
    statementRow,
  )
  const byHit = new Map(found.map((row) => [row.hit, row]))
  const counts = new RowCounts({ questions, session })
  const hits: FindHit[] = []
  for (const { seq, fragment, offset, excerpt, is_answer } of shown) {
    const statement = byHit.get(seq)
    const where = is_answer ? ('answer' as const) : ('statement' as const)
    const common = { offsetMicros: offset, where, excerpt }
    if (statement === undefined) {
      hits.push({ seq, index: 0, page: null, ...common })
      continue
    }
    const isPaged = is_answer && statement.rows > replayRowsPerPage
    const rows = isPaged ? await counts.before(statement.seq, seq, fragment) : 0
    const index = mark * statementsPerMark + statement.number
    hits.push({
      seq: statement.seq,
      index,
      page: isPaged ? Math.floor(rows / replayRowsPerPage) : 0,
      ...common,
    })
  }
  return hits
}

const countRow = z.object({ rows: z.int() })

/** How many rows of a statement come before a frame. Asked in order, so that nothing is counted twice. */
class RowCounts {
  readonly #places: Pick<ChunkPlaces, 'questions' | 'session'>
  #statement = -1
  #from = 0
  #rows = 0

  constructor(places: Pick<ChunkPlaces, 'questions' | 'session'>) {
    this.#places = places
  }

  async before(statement: number, seq: number, fragment: number): Promise<number> {
    if (statement !== this.#statement) {
      this.#statement = statement
      this.#from = statement
      this.#rows = 0
    }
    if (seq > this.#from) {
      this.#rows += await this.#count(this.#from, seq, 2 ** 31)
      this.#from = seq
    }
    return this.#rows + (await this.#count(seq, seq + 1, fragment))
  }

  async #count(from: number, to: number, beforeFragment: number): Promise<number> {
    const { questions, session } = this.#places
    const found = await questions.row(
      `SELECT sum(arrayCount((l, d, t, n) -> l AND d = 'to_client' AND t IN (68, 100) AND n < {beforeFragment:UInt32},
        last, directions, types, arrayEnumerate(types))) AS rows
      FROM chunks WHERE ${ofSession} AND seq >= {from:UInt32} AND seq < {to:UInt64}`,
      { session: session.id, from, to, beforeFragment },
      countRow,
    )
    return found?.rows ?? 0
  }
}
