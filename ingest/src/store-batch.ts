/** Step 7 and after: a shaped batch goes into the store, what it found is reported, and only then its source may forget it. */
import { inSpan } from '@gatetrail/eventlog'
import { deriveSessions } from './derive-sessions.ts'
import {
  forget,
  isRefused,
  tenants,
  untilAnswered,
  type Pipeline,
  type ShapedBatch,
} from './pipeline.ts'
import { insertRows } from './steps/insert-rows.ts'
import { setRefusedAside } from './steps/refused-records.ts'

/**
 * Batches come here one after the other, in the order in which they were shaped, while the next one is being shaped.
 * `refused`: nothing is committed; it is to be stored alone.
 */
export async function storeBatch(
  shaped: ShapedBatch,
  pipeline: Pipeline,
): Promise<'stored' | 'refused'> {
  try {
    const records = shaped.read.records.length
    await inSpan('gatetrail.ingest', { 'gatetrail.records': records }, () =>
      untilAnswered(pipeline, () => insertRows(pipeline.store, shaped.rows)),
    )
  } catch (error) {
    if (isRefused(error)) return 'refused'
    throw error
  }
  await settle(shaped, pipeline)
  return 'stored'
}

/**
 * While nothing else is being shaped: also takes in late records, and sets aside what the store refuses. What was shaped
 * meanwhile builds on rows that are not in the store: it is to be shaped anew.
 */
export async function storeAlone(shaped: ShapedBatch, pipeline: Pipeline): Promise<void> {
  const { read, rows, findings, late } = shaped
  const { store } = pipeline
  try {
    await untilAnswered(pipeline, () => insertRows(store, rows))
    if (late.length > 0)
      await untilAnswered(pipeline, () => deriveSessions(store, late, tenants(pipeline)))
  } catch (error) {
    if (!isRefused(error)) throw error
    findings.deadLetters.push(...(await setRefusedAside(read, pipeline, error)))
  }
  forget(pipeline)
  await settle(shaped, pipeline)
}

async function settle({ read, findings }: ShapedBatch, pipeline: Pipeline): Promise<void> {
  const { reports } = pipeline
  await untilAnswered(pipeline, () => reports.deadLetters(findings.deadLetters))
  await reports.gaps(findings.gaps)
  reports.duplicates(findings.duplicates)
  await read.commit() // Last: what is not committed is read again, and makes the same rows.
}
