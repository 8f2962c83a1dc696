/** What results showed, of records: made of the frames as they are stored, so that it is what a person could have read and nothing else. */
import { FrameTexts } from '@gatetrail/protocols'
import { z } from 'zod'
import type { Questions } from './question.ts'
import { keyOf, ofSessions, parametersOf, theseRecords, type RecordKey } from './record-keys.ts'

/** As ingest has it: 1 when `shown` held all of the texts. */
const versionOfWholeTexts = 1

const chunkRow = z.object({
  session_id: z.string(),
  seq: z.int(),
  searched: z.int(),
  whole: z.string(),
  text_before: z.string(),
  frames: z.array(z.tuple([z.int(), z.int(), z.int(), z.int(), z.int(), z.int()])),
  encoded: z.string(),
})
type ChunkRow = z.infer<typeof chunkRow>

const texts = new FrameTexts()

/** By `keyOf`; what has expired since, or showed nothing, is left out. */
export async function shownTexts(
  questions: Questions,
  records: readonly RecordKey[],
  secondsMax: number,
): Promise<Map<string, string>> {
  const shown = new Map<string, string>()
  if (records.length === 0) return shown
  const rows = await questions.rows(
    `SELECT toString(session) AS session_id, seq, searched, if(searched = ${versionOfWholeTexts}, shown, '') AS whole, text_before,
      arrayZip(CAST(directions, 'Array(UInt8)'), types, CAST(first, 'Array(UInt8)'), CAST(last, 'Array(UInt8)'),
        CAST(withheld, 'Array(UInt8)'), lengths) AS frames,
      if(searched = ${versionOfWholeTexts}, '', base64Encode(payload)) AS encoded
    FROM chunks_rows FINAL WHERE ${ofSessions} AND ${theseRecords}
    SETTINGS max_execution_time = ${secondsMax.toFixed(1)}`,
    parametersOf(records),
    chunkRow,
  )
  for (const row of rows) {
    const text = row.searched === versionOfWholeTexts ? row.whole : textOf(row)
    if (text !== '') shown.set(keyOf({ session: row.session_id, seq: row.seq }), text)
  }
  return shown
}

function textOf({ text_before, frames, encoded }: ChunkRow): string {
  const payload = Buffer.from(encoded, 'base64')
  texts.begin(text_before)
  let at = 0
  for (const [toClient, type, first, last, withheld, length] of frames) {
    if (withheld === 0)
      texts.fragment(toClient === 1, type, first === 1, last === 1, payload, at, at + length)
    at += length
  }
  return Buffer.from(texts.text('shown')).toString()
}
