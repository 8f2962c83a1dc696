/** How much goes into the next send: as many records as come next, in order, that the topic takes at once. Pure. */
import { limits } from '@gatetrail/schemas'
import type { PartitionPlan } from './partition-plan.ts'
import { messageOfRecord, messageOverheadBytes, type RecordMessage } from './record-message.ts'

/** kafkajs groups messages by partition in time that grows with their square. */
const sendMessagesMax = 4_000
/** In memory several times while it is encoded. */
const sendBytesMax = 8 * limits.MiB
/** Header of a batch (Kafka protocol, "Record Batch"): 61 bytes; gzip may add a little to what does not compress. */
const batchOverheadBytes = 1 * limits.KiB

export type Send = {
  messages: RecordMessage[]
  /** Of the records in it. */
  bytes: number
  /** Index of the first record that is not in it. */
  end: number
}

/**
 * What to send of `records` from `start` on. kafkajs makes one batch per partition and send, so each partition's share must fit
 * into `batchBytesMax`, counted uncompressed. One record always fits: the topic was asked (kafka/topics.ts).
 */
export function nextSend(
  records: readonly Uint8Array[],
  start: number,
  plan: PartitionPlan,
  batchBytesMax: number,
): Send {
  const messages: RecordMessage[] = []
  const perPartition = new Map<number, number>()
  let bytes = 0
  let end = start
  for (; end < records.length && messages.length < sendMessagesMax; end++) {
    const record = records[end]!
    const message = messageOfRecord(record, plan)
    const share =
      (perPartition.get(message.partition) ?? batchOverheadBytes) +
      record.length +
      messageOverheadBytes
    if (messages.length > 0 && (share > batchBytesMax || bytes + record.length > sendBytesMax))
      break
    perPartition.set(message.partition, share)
    messages.push(message)
    bytes += record.length
  }
  return { messages, bytes, end }
}
