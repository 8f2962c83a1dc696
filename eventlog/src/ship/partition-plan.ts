/**
 * Which partition a session is in. It must be in one for as long as it lives, also when the topic gets more partitions: so
 * the plan keeps every number of partitions with the time from which sessions go by it, and a session's id (UUIDv7) tells
 * when it began. Sessions that are open stay where they are; new ones use all partitions. Kept beside the shipper's
 * positions, so that a restart changes nothing.
 */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { GatetrailError } from '@gatetrail/schemas'
import { crc32 } from '../crc32.ts'
import { isMissing, writeDurably } from '../durable-file.ts'

export type PartitionPlan = readonly { fromMs: number; partitions: number }[]

const fileName = 'partitions.json'
/** In the bytes of a record: its session (schemas/src/record.ts). */
const sessionAt = 4
const sessionBytes = 16
const generationsMax = 100

/** The partition of a record, by its session. Pure. */
export function partitionOf(plan: PartitionPlan, record: Uint8Array): number {
  const hash = crc32(record, sessionAt, sessionAt + sessionBytes)
  return hash % partitionsAt(plan, beganAtMs(record))
}

/** UUIDv7 begins with 48 bits of ms since 1970. */
function beganAtMs(record: Uint8Array): number {
  let ms = 0
  for (let index = 0; index < 6; index++) ms = ms * 256 + record[sessionAt + index]!
  return ms
}

function partitionsAt(plan: PartitionPlan, ms: number): number {
  for (let index = plan.length - 1; index > 0; index--) {
    const generation = plan[index]!
    if (generation.fromMs <= ms) return generation.partitions
  }
  return plan[0]!.partitions
}

/**
 * The plan for a topic that has `partitions` now: the stored one, grown if the topic has grown. Durable when it returns.
 * @throws GatetrailError KAFKA_TOPIC_INVALID if the topic has fewer partitions than sessions were sent to
 */
export async function adoptPartitions(
  positionsDirectory: string,
  partitions: number,
  nowMs: number,
): Promise<PartitionPlan> {
  const file = path.join(positionsDirectory, fileName)
  const stored = await readPlan(file)
  const last = stored.at(-1)
  if (last?.partitions === partitions) return stored
  if (last !== undefined && last.partitions > partitions) {
    throw new GatetrailError(
      'KAFKA_TOPIC_INVALID',
      `the records topic has ${partitions} partitions, and sessions were sent to ${last.partitions}`,
      {
        hint: `Was it made again? Give it ${last.partitions} partitions, or remove ${file} if nothing of the old topic is needed.`,
      },
    )
  }
  const grown = [...stored, { fromMs: last === undefined ? 0 : nowMs, partitions }].slice(
    -generationsMax,
  )
  await writeDurably(file, `${JSON.stringify({ format: 1, generations: grown })}\n`)
  return grown
}

async function readPlan(file: string): Promise<PartitionPlan> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
  const plan = parsePlan(text)
  if (plan === undefined) {
    throw new GatetrailError('JOURNAL_CORRUPT', `${file} is not a plan of partitions`, {
      hint: 'Remove it when no session is open: sessions then go by the partitions that the topic has.',
    })
  }
  return plan
}

function parsePlan(text: string): PartitionPlan | undefined {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof json !== 'object' || json === null || !('generations' in json)) return undefined
  const { generations } = json
  if (!Array.isArray(generations) || generations.length === 0) return undefined
  return generations.every(isGeneration) ? generations : undefined
}

function isGeneration(value: unknown): value is PartitionPlan[number] {
  return (
    typeof value === 'object' &&
    value !== null &&
    'fromMs' in value &&
    Number.isSafeInteger(value.fromMs) &&
    'partitions' in value &&
    Number.isSafeInteger(value.partitions) &&
    Number(value.partitions) > 0
  )
}
