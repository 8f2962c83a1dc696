/**
 * The chain over a writer's records. A leaf is SHA-256(0x00 ‖ record bytes) (the leaf prefix of RFC 9162 §2.1.1, so that
 * the same leaves serve a Merkle tree later). A link covers all positions between two heartbeats:
 * head = SHA-256(0x01 ‖ previousHead ‖ leaf ‖ leaf ‖ …). The first previousHead is 32 zero bytes.
 * Pure: the hash is an argument, so that the same code runs in Node and the browser.
 */
export type Sha256 = (parts: readonly Uint8Array[]) => Uint8Array

export const hashBytes = 32
export const emptyHead: Uint8Array = new Uint8Array(hashBytes)

const leafPrefix = Uint8Array.of(0)
const linkPrefix = Uint8Array.of(1)

export function leafHash(sha256: Sha256, recordBytes: Uint8Array): Uint8Array {
  return sha256([leafPrefix, recordBytes])
}

/** The head after `leaves` (in the order of positions, no gap) on top of `previousHead`. */
export function linkHead(
  sha256: Sha256,
  previousHead: Uint8Array,
  leaves: readonly Uint8Array[],
): Uint8Array {
  return sha256([linkPrefix, previousHead, ...leaves])
}

/** What a heartbeat's signature covers. */
export function heartbeatMessage(heartbeat: {
  writer: string
  fromPosition: number
  toPosition: number
  previousHead: string
  head: string
  final: boolean
}): Uint8Array {
  const { writer, fromPosition, toPosition, previousHead, head, final } = heartbeat
  const text = [
    'gatetrail heartbeat 1',
    writer,
    fromPosition,
    toPosition,
    previousHead,
    head,
    final,
  ].join('\n')
  return new TextEncoder().encode(text)
}
