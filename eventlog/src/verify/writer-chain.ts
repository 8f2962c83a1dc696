/** The chain of one writer as a verifier follows it: leaf by leaf, and link by link at each heartbeat. Pure. */
import { createHash, verify, type Hash, type KeyObject } from 'node:crypto'
import { emptyHead, heartbeatMessage, type EventBody } from '@gatetrail/schemas'

type Heartbeat = EventBody<'gatetrail.writer.heartbeat'>

export type LinkVerdict = 'sound' | 'unknown' | 'chain_broken' | 'signature_invalid'

const linkPrefix = Uint8Array.of(1)

export class WriterChain {
  readonly #writer: string
  readonly #keys: readonly KeyObject[]
  /** Undefined until the head before is known: the records begin in the middle of a link. */
  #link: Hash | undefined
  #head: string | undefined
  #fromPosition = 0
  signedThrough = -1
  closed = false

  constructor(writer: string, keys: readonly KeyObject[], firstPosition: number) {
    this.#writer = writer
    this.#keys = keys
    if (firstPosition === 0) {
      this.#head = Buffer.from(emptyHead).toString('hex')
      this.#link = beginLink(emptyHead)
    }
  }

  get fromPosition(): number {
    return this.#fromPosition
  }

  /** The next leaf, in order of position. `heartbeat`: the body, if the record is one: it closes the link before it. */
  add(leaf: Uint8Array): void {
    this.#link?.update(leaf)
  }

  /** Records are missing: the link that they belong to cannot be derived. */
  interrupt(): void {
    this.#link = undefined
  }

  /** Closes the link with the heartbeat at `position` and begins the next one. `leaf` is the heartbeat's own. */
  close(heartbeat: Heartbeat, position: number, leaf: Uint8Array): LinkVerdict {
    const verdict = this.#verdict(heartbeat, position)
    if (verdict !== 'signature_invalid') {
      this.signedThrough = heartbeat.toPosition
      this.closed = heartbeat.final
    }
    this.#head = heartbeat.head
    this.#fromPosition = position
    this.#link = beginLink(Buffer.from(heartbeat.head, 'hex')).update(leaf)
    return verdict
  }

  #verdict(heartbeat: Heartbeat, position: number): LinkVerdict {
    const message = heartbeatMessage({ writer: this.#writer, ...heartbeat })
    const signature = Buffer.from(heartbeat.signature, 'base64url')
    if (!this.#keys.some((key) => verify(null, message, key, signature))) return 'signature_invalid'
    if (heartbeat.toPosition !== position - 1) return 'chain_broken'
    if (this.#head !== undefined && heartbeat.previousHead !== this.#head) return 'chain_broken'
    if (this.#link === undefined) return 'unknown'
    if (heartbeat.fromPosition !== this.#fromPosition) return 'chain_broken'
    return this.#link.digest('hex') === heartbeat.head ? 'sound' : 'chain_broken'
  }
}

function beginLink(previousHead: Uint8Array): Hash {
  return createHash('sha256').update(linkPrefix).update(previousHead)
}
