/** The chain against values computed by hand with `sha256sum`, and the text that a heartbeat signs. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { emptyHead, heartbeatMessage, leafHash, linkHead, type Sha256 } from './chain.ts'

const sha256: Sha256 = (parts) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('a leaf is that of RFC 9162: SHA-256 of 0x00 and the bytes', () => {
  // printf '\0' | sha256sum; printf '\0abc' | sha256sum
  expect(hex(leafHash(sha256, new Uint8Array()))).toBe(
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  )
  expect(hex(leafHash(sha256, Buffer.from('abc')))).toBe(
    createHash('sha256').update('\0abc').digest('hex'),
  )
})

test('a head depends on the head before it, on every leaf, and on their order', () => {
  const leaves = ['a', 'b', 'c'].map((text) => leafHash(sha256, Buffer.from(text)))
  const head = linkHead(sha256, emptyHead, leaves)
  expect(hex(head)).toBe(
    createHash('sha256')
      .update(Buffer.concat([Buffer.of(1), emptyHead, ...leaves]))
      .digest('hex'),
  )
  const others = [
    linkHead(sha256, head, leaves),
    linkHead(sha256, emptyHead, leaves.slice(1)),
    linkHead(sha256, emptyHead, [leaves[1]!, leaves[0]!, leaves[2]!]),
  ]
  expect(new Set([head, ...others].map(hex)).size).toBe(4)
})

test('what a heartbeat signs names every field on a line of its own', () => {
  const message = heartbeatMessage({
    writer: 'w',
    fromPosition: 1,
    toPosition: 2,
    previousHead: 'aa',
    head: 'bb',
    final: true,
  })
  expect(new TextDecoder().decode(message)).toBe('gatetrail heartbeat 1\nw\n1\n2\naa\nbb\ntrue')
})
