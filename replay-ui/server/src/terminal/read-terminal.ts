/** The frames of a terminal session, in order, a few chunks at a time. What was typed is not among them. */
import { terminalTypes } from '@gatetrail/protocols'
import { z } from 'zod'
import { recordsPerReadMin, recordsPerTerminalRead } from '../limits.ts'
import { ofSession, type Questions } from '../store/question.ts'

export type TerminalFrame = {
  /** Of its chunk, and its place in it: where reading may go on. */
  seq: number
  fragment: number
  offsetMicros: number
  type: number
  bytes: Uint8Array
}

/** Before this frame. */
export type TerminalPlace = { seq: number; fragment: number }

const row = z.object({
  seq: z.int(),
  offsets: z.array(z.int()),
  types: z.array(z.int()),
  lengths: z.array(z.int()),
  payload64: z.string(),
})

/** From a place up to and without another one, or to the end of the session. Each list is of one reading. */
export async function* terminalFrames(
  questions: Questions,
  session: { id: string; lastSeq: number },
  from: TerminalPlace,
  to?: TerminalPlace,
): AsyncGenerator<TerminalFrame[], void, void> {
  const lastSeq = Math.min(session.lastSeq, to?.seq ?? Infinity)
  let size = recordsPerReadMin
  for (let fromSeq = from.seq, toSeq = 0; fromSeq <= lastSeq; fromSeq = toSeq) {
    toSeq = Math.min(fromSeq + size, lastSeq + 1)
    size = Math.min(size * 2, recordsPerTerminalRead)
    const rows = await questions.rows(
      `SELECT seq, offsets, types, lengths, base64Encode(payload) AS payload64
      FROM chunks WHERE ${ofSession} AND seq >= {fromSeq:UInt32} AND seq < {toSeq:UInt64} ORDER BY seq`,
      { session: session.id, fromSeq, toSeq },
      row,
    )
    const frames: TerminalFrame[] = []
    for (const chunk of rows) addFrames(chunk, from, to, frames)
    yield frames
  }
}

function addFrames(
  { seq, offsets, types, lengths, payload64 }: z.infer<typeof row>,
  from: TerminalPlace,
  to: TerminalPlace | undefined,
  frames: TerminalFrame[],
): void {
  const payload = Buffer.from(payload64, 'base64')
  let at = 0
  for (let fragment = 0; fragment < types.length; fragment++) {
    const bytes = payload.subarray(at, (at += lengths[fragment]!))
    if (isBefore({ seq, fragment }, from)) continue
    if (to !== undefined && !isBefore({ seq, fragment }, to)) return
    const type = types[fragment]!
    if (type === terminalTypes.input) continue
    frames.push({ seq, fragment, offsetMicros: offsets[fragment]!, type, bytes })
  }
}

function isBefore(left: TerminalPlace, right: TerminalPlace): boolean {
  return left.seq < right.seq || (left.seq === right.seq && left.fragment < right.fragment)
}
