/** The frames of the exchange that a statement is part of, in hex and in words, a page at a time. */
import { describeMessage, FrameAssembler, type RecordedFrame } from '@gatetrail/protocols'
import type { Fragment } from '@gatetrail/schemas'
import type { MomentFrame } from '@gatetrail/replay-api'
import { z } from 'zod'
import { frameBytesShown, frameHexBytes } from '../limits.ts'
import { isoTime, ofSession } from '../store/question.ts'
import { findExchange, type ChunkPlaces } from './find-start.ts'

const row = z.object({
  seq: z.int(),
  fragment: z.int(),
  at: z.string(),
  offset: z.int(),
  direction: z.enum(['to_client', 'to_target']),
  code: z.int(),
  first: z.boolean(),
  last: z.boolean(),
  masked: z.boolean(),
  withheld: z.boolean(),
  total: z.int(),
  bytes64: z.string(),
})
type Row = z.infer<typeof row>

export type MomentFrames = {
  frames: MomentFrame[]
  next: { from: number; fragment: number } | null
}

/** `from`: where to go on; left out: at the beginning. */
export async function momentFrames(
  places: ChunkPlaces,
  statement: number,
  from: { seq: number; fragment: number } | undefined,
  limit: number,
): Promise<MomentFrames> {
  const { questions, session } = places
  const { start, end } = await findExchange(places, statement)
  const fromSeq = Math.max(start, from?.seq ?? 0)
  // Of a long frame its first piece is enough; a short one may lie in two chunks.
  const rows = await questions.rows(
    `SELECT seq, fragment, toString(time) AS at, offset_micros AS offset, direction, ascii(type) AS code, first, last, masked, withheld,
      total_length AS total, base64Encode(substring(bytes, 1, ${frameBytesShown})) AS bytes64
    FROM frames WHERE ${ofSession} AND seq >= {fromSeq:UInt32} AND seq < {toSeq:UInt64}
      AND (seq, fragment) >= ({fromSeq:UInt32}, {fragment:UInt32}) AND (first OR total_length <= ${frameBytesShown})
    ORDER BY seq, fragment LIMIT {pieces:UInt32}`,
    {
      session: session.id,
      fromSeq,
      fragment: fromSeq === from?.seq ? from.fragment : 0,
      toSeq: end ?? 2 ** 32,
      pieces: limit * 2 + 2,
    },
    row,
  )
  const found = wholeFrames(rows)
  const next = found[limit]
  return {
    frames: found.slice(0, limit).map(({ first, frame }) => shown(first, frame)),
    next: next === undefined ? null : { from: next.first.seq, fragment: next.first.fragment },
  }
}

type Found = { first: Row; frame: RecordedFrame }

function wholeFrames(rows: readonly Row[]): Found[] {
  const assembler = new FrameAssembler()
  const begun: { to_client: Found | undefined; to_target: Found | undefined } = {
    to_client: undefined,
    to_target: undefined,
  }
  const found: Found[] = []
  for (const piece of rows) {
    const { direction, first } = piece
    const fragment = fragmentOf(piece)
    if (first) {
      // Shown with what is here, even if the rest does not come.
      const own = { first: piece, frame: fragment }
      begun[direction] = own
      found.push(own)
    }
    const own = begun[direction]
    const whole = assembler.add(fragment)
    if (own !== undefined && whole !== undefined) own.frame = whole
  }
  return found
}

function fragmentOf(piece: Row): Fragment {
  const { direction, code, first, last, masked, withheld, offset, total, bytes64 } = piece
  return {
    ...{ direction, type: code, first, last, masked, withheld },
    ...{ offsetMicros: offset, totalLength: total },
    bytes: new Uint8Array(Buffer.from(bytes64, 'base64')),
  }
}

function shown(first: Row, frame: RecordedFrame): MomentFrame {
  const { seq, fragment, at, offset, direction, code } = first
  const { bytes, totalLength, masked, withheld } = frame
  return {
    ...{ seq, fragment, time: isoTime(at), offsetMicros: offset, direction },
    type: code > 32 && code < 127 ? String.fromCharCode(code) : '',
    ...describeMessage(frame),
    ...{ totalLength, masked, withheld },
    hex: Buffer.from(bytes.subarray(0, frameHexBytes)).toString('hex'),
    hexCut: totalLength > Math.min(bytes.length, frameHexBytes),
  }
}
