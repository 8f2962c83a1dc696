/**
 * The texts of a chunk and of an event that a search finds them by: part of step 6, for shape-chunk.ts and shape-rows.ts. What was
 * recorded, after masking, and nothing else.
 */
import { FrameTexts, textSeparators } from '@gatetrail/protocols'
import { fragmentFlags, type ChunkIndex, type EventKind } from '@gatetrail/schemas'
import type { DecodedEvent } from '../batch.ts'
import type { BoundedCache } from '../fold/bounded-cache.ts'

/** Of how the texts are made: higher where a release makes others of the same records. */
export const searchedVersion = 3

/** By session: where its last chunk was cut. Not there: at the end of a frame, or not loaded (load-state.ts). */
export type TextRests = BoundedCache<string, string>

export const textRestsBytesMax = 16 * 1024 * 1024

/** All that results showed is in the payload, which has an index of its own (schemas/src/clickhouse/search-payloads.ts). */
const texts = new FrameTexts({ shown: 'hidden' })

export type ChunkTexts = {
  shown: Uint8Array
  sent: Uint8Array
  errors: Uint8Array
  text_before: string
  text_rest: string
}

/** Views, until the next chunk. */
export function chunkTexts(
  session: string,
  body: Uint8Array,
  index: ChunkIndex,
  rests: TextRests,
): ChunkTexts {
  const before = rests.get(session) ?? ''
  texts.begin(before)
  let at = index.payloadAt
  for (let fragment = 0; fragment < index.count; fragment++) {
    const flags = index.flags[fragment]!
    const end = at + index.lengths[fragment]!
    if ((flags & fragmentFlags.withheld) === 0)
      texts.fragment(
        (flags & fragmentFlags.toClient) !== 0,
        index.types[fragment]!,
        (flags & fragmentFlags.first) !== 0,
        (flags & fragmentFlags.last) !== 0,
        body,
        at,
        end,
      )
    at = end
  }
  const rest = texts.end()
  if (rest !== '' || before !== '') rests.set(session, rest, restWeight(rest))
  return {
    shown: texts.text('shown'),
    sent: texts.text('sent'),
    errors: texts.text('errors'),
    text_before: before,
    text_rest: rest,
  }
}

export function restWeight(rest: string): number {
  return 128 + rest.length
}

/** Whether what is before this chunk decides what its first bytes are. */
export function goesOn(index: ChunkIndex): boolean {
  for (let fragment = 0; fragment < index.count; fragment++)
    if ((index.flags[fragment]! & fragmentFlags.first) === 0) return true
  return false
}

/** Events in which somebody says who they are, or is told why not. */
const claimKinds: ReadonlySet<EventKind> = new Set<EventKind>([
  'gatetrail.session.opened',
  'gatetrail.session.closed',
  'gatetrail.session.refused',
  'gatetrail.identity.verified',
  'gatetrail.identity.rejected',
  'gatetrail.credential.issued',
])

export function claimsOf({ kind, body }: DecodedEvent): string {
  if (!claimKinds.has(kind)) return ''
  const found: string[] = []
  collect(body, found)
  return found.join(textSeparators.value)
}

const claimsMax = 1_000

/** Every text in it, the names of fields left out. */
function collect(value: unknown, found: string[]): void {
  if (found.length >= claimsMax) return
  if (typeof value === 'string') found.push(value)
  else if (typeof value === 'object' && value !== null)
    for (const one of Object.values(value)) collect(one, found)
}
