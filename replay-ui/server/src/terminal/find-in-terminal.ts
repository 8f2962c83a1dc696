/**
 * Where a text stands in what a terminal showed: in its lines, without colours, also where it came in several pieces. A hit is the frame
 * in which the text was whole. Read some MiB at a time, as far as a second or so goes; the caller goes on from there. What was typed
 * is not looked at, and what is masked in the record is not found.
 */
import { TerminalFilter, terminalTypes } from '@gatetrail/protocols'
import type { FindHit } from '@gatetrail/replay-api'
import { findMsMax, findPrimedRecords } from '../limits.ts'
import type { Questions } from '../store/question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import { terminalBatches, type TerminalBatch } from './read-terminal.ts'
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
  // The text may have begun before.
  const primedFrom = Math.max(0, from.seq - findPrimedRecords)
  for await (const batch of terminalBatches(questions, session, primedFrom)) {
    for (const { seq, fragment, offsetMicros, bytes } of outputOf(batch)) {
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

function* outputOf({ seqs, counts, offsets, types, lengths, payload }: TerminalBatch) {
  let [frame, byte] = [0, 0]
  for (let chunk = 0; chunk < seqs.length; chunk++) {
    for (let fragment = 1; fragment <= counts[chunk]!; fragment++, frame++) {
      const bytes = payload.subarray(byte, (byte += lengths[frame]!))
      if (types[frame] !== terminalTypes.output) continue
      yield { seq: seqs[chunk]!, fragment, offsetMicros: offsets[frame]!, bytes }
    }
  }
}
