/**
 * Where a text stands in what a terminal showed: in its lines, without colours, also where it came in several pieces. A hit is the frame
 * in which the text was whole. Read some MiB at a time, as far as a second or so goes; the caller goes on from there. What was typed
 * is not looked at, and what is masked in the record is not found.
 */
import { TerminalFilter, terminalTypes } from '@gatetrail/protocols'
import type { FindHit } from '@gatetrail/replay-api'
import { z } from 'zod'
import {
  findMsMax,
  findPrimedBytesMax,
  findPrimedRecordsMax,
  findPrimedRecordsMin,
  terminalSliceRecords,
} from '../limits.ts'
import { ofSession, type Questions } from '../store/question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import { framesIn, terminalBatches } from './read-terminal.ts'
import { ShownLines } from './shown-lines.ts'

export type FindPlace = { seq: number; fragment: number }

export async function findInTerminal(
  questions: Questions,
  session: ReplayedSession,
  { text, from, hitsMax }: { text: string; from: FindPlace; hitsMax: number },
): Promise<{ hits: FindHit[]; next: FindPlace | null }> {
  const startedAt = performance.now()
  const lines = new ShownLines(text)
  const filter = new TerminalFilter()
  const hits: FindHit[] = []
  const primedFrom = await lineBefore(questions, session.id, from.seq, text)
  // Many at once: a slow store would be late before it came to anything new.
  const batches = terminalBatches(questions, session, primedFrom, Infinity, terminalSliceRecords)
  for await (const batch of batches) {
    for (const { seq, fragment, offsetMicros, type, bytes } of framesIn(batch)) {
      if (type !== terminalTypes.output) continue
      const excerpt = lines.take(filter.push(bytes))
      if (seq < from.seq || (seq === from.seq && fragment < from.fragment)) continue
      if (excerpt === undefined) continue
      if (hits.length === hitsMax) return { hits, next: { seq, fragment } }
      hits.push({ seq, index: 0, offsetMicros, where: 'answer', page: null, excerpt })
    }
    const nextSeq = (batch.seqs.at(-1) ?? session.lastSeq) + 1
    const isLate = performance.now() - startedAt > findMsMax
    if (isLate && nextSeq > from.seq && nextSeq <= session.lastSeq)
      return { hits, next: { seq: nextSeq, fragment: 0 } }
  }
  return { hits, next: null }
}

const place = z.object({ seq: z.int() })

/** From where to read so that the line is known in which the text may have begun: typed text is two records a character. */
async function lineBefore(
  questions: Questions,
  session: string,
  seq: number,
  text: string,
): Promise<number> {
  const records = Math.max(findPrimedRecordsMin, 4 * text.length)
  const toSeq = Math.max(0, seq - Math.min(records, findPrimedRecordsMax))
  if (toSeq === 0) return 0
  const found = await questions.row(
    // The lengths first, which are few bytes. What was typed ends with another character.
    `WITH (SELECT if(count() = 0, {toSeq:UInt32}, min(seq)) FROM (
      SELECT seq, sum(arraySum(lengths)) OVER (ORDER BY seq DESC) AS bytes
      FROM chunks WHERE ${ofSession} AND seq >= {fromSeq:UInt32} AND seq < {toSeq:UInt32}) WHERE bytes <= ${findPrimedBytesMax}) AS first_seq
    SELECT greatest(max(if(position(payload, char(10)) > 0, seq, 0)), first_seq) AS seq
    FROM chunks WHERE ${ofSession} AND chunks.seq >= first_seq AND chunks.seq < {toSeq:UInt32}`,
    { session, fromSeq: Math.max(0, seq - findPrimedRecordsMax), toSeq },
    place,
  )
  return found?.seq ?? toSeq
}
