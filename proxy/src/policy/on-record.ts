/** Policies → what `gatetrail.policy.loaded` says of them: their texts, as far as one record has room. Pure. */
import { limits, type EventBody } from '@gatetrail/schemas'
import type { Policy } from './policy-set.ts'

type Recorded = EventBody<'gatetrail.policy.loaded'>['policies'][number]

/** Of all texts and annotations together, as JSON. */
const textsBytesMax = limits.recordBytesMax / 2
/** For what else the record says. */
const restBytes = 4_096

/** Those that come first keep their texts; of all others the length is said. */
export function policiesOnRecord(policies: readonly Policy[]): Recorded[] {
  // Of many policies ids and files alone may take most of it.
  const bare = policies.map(({ id, file }) => ({ id, file, text: '', textBytes: limits.recordBytesMax, annotations: {} })) // prettier-ignore
  let left = Math.min(textsBytesMax, limits.recordBytesMax - restBytes - jsonBytes(bare))
  return policies.map(({ id, file, text, annotations }) => {
    const noted = jsonBytes(annotations) <= left ? annotations : {}
    left -= jsonBytes(noted)
    const shown = cutTo(text, Math.min(limits.eventTextBytesMax, left))
    left -= jsonBytes(shown)
    return { id, file, text: shown, textBytes: Buffer.byteLength(text), annotations: { ...noted } }
  })
}

/** The longest beginning, of whole characters, whose JSON has so many bytes at most. */
function cutTo(text: string, bytesMax: number): string {
  if (jsonBytes(text) <= bytesMax) return text
  const characters = [...text]
  let fits = 0
  let tooMany = characters.length
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1
    if (jsonBytes(characters.slice(0, middle).join('')) <= bytesMax) fits = middle
    else tooMany = middle
  }
  return characters.slice(0, fits).join('')
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
