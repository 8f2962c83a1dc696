/**
 * How far the whole consumer group of `gatetrail.records` is, not only one member: what is missing in the event store is
 * only missing once everything that the log held has been taken over.
 */
import { topics } from '@gatetrail/schemas'
import type { Admin } from 'kafkajs'
import { silentLog, type Log } from '../log.ts'
import { createKafka } from './client.ts'
import { kafkaError } from './errors.ts'
import type { KafkaSettings } from './settings.ts'

/** By partition, an offset. */
export type PartitionOffsets = ReadonlyMap<number, bigint>

export interface GroupProgress {
  /** Where partitions that hold something end now. @throws GatetrailError KAFKA_UNAVAILABLE */
  ends(): Promise<PartitionOffsets>
  /** What the group has committed, 0 where it has not yet. @throws GatetrailError KAFKA_UNAVAILABLE */
  committed(): Promise<PartitionOffsets>
  close(): Promise<void>
}

/** Connects when it is asked for the first time. */
export function openGroupProgress(settings: KafkaSettings, log: Log = silentLog): GroupProgress {
  const admin: Admin = createKafka(settings, log).admin()
  let connected: Promise<void> | undefined

  async function ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    try {
      connected ??= admin.connect()
      await connected
      return await question()
    } catch (error) {
      connected = undefined
      throw kafkaError('the progress of the consumer group cannot be asked for', error)
    }
  }

  return {
    ends: () =>
      ask(async () => {
        const partitions = await admin.fetchTopicOffsets(topics.records)
        return new Map(
          partitions
            .filter(({ high, low }) => BigInt(high) > BigInt(low))
            .map(({ partition, high }) => [partition, BigInt(high)]),
        )
      }),
    committed: () =>
      ask(async () => {
        const [topic] = await admin.fetchOffsets({
          groupId: settings.consumerGroup,
          topics: [topics.records],
        })
        return new Map(
          (topic?.partitions ?? []).map(({ partition, offset }) => [
            partition,
            BigInt(offset) < 0n ? 0n : BigInt(offset),
          ]),
        )
      }),
    async close() {
      await connected?.catch(() => undefined)
      await admin.disconnect()
    },
  }
}
