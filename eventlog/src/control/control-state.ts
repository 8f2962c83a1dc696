/**
 * Which object of the control log counts on top of which: the rules of docs/control-log.md, in one place, for every
 * transport and for who publishes. From control-reader.ts. No I/O; time is an argument.
 */
import { createHash, verify, type KeyObject } from 'node:crypto'
import {
  controlBodySchema,
  controlEnvelopeSchema,
  controlHeaderSchema,
  controlLimits,
  controlMessage,
  controlPrefixOf,
  type ControlObject,
  type ControlRefusal,
} from '@gatetrail/schemas'

export type ControlOutcome =
  | { kind: 'accepted'; object: ControlObject }
  /** These very bytes are in force already: logs are read again, and may hold a message twice. */
  | { kind: 'known'; object: ControlObject }
  /** `object`: whole and signed, but not to be applied. */
  | { kind: 'refused'; reason: ControlRefusal; object?: ControlObject }

export type ControlTime = { wallMs(): number; monotonicMs(): number }

export const systemTime: ControlTime = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
}

type Held = { object: ControlObject; digest: string; endsAtMonotonicMs: number }

export class ControlState {
  readonly #held = new Map<string, Held>()
  readonly #keyOf: (key: string) => KeyObject | undefined
  readonly #time: ControlTime

  constructor(keyOf: (key: string) => KeyObject | undefined, time: ControlTime = systemTime) {
    this.#keyOf = keyOf
    this.#time = time
  }

  get size(): number {
    return this.#held.size
  }

  /** The object of this id, if it is in force. */
  get(id: string): ControlObject | undefined {
    const held = this.#held.get(id)
    return held !== undefined && this.#lives(held) ? held.object : undefined
  }

  /** All that are in force. */
  *objects(): Generator<ControlObject> {
    for (const held of this.#held.values()) if (this.#lives(held)) yield held.object
  }

  /** What `offer` would say. */
  judge(envelope: Uint8Array): ControlOutcome {
    return this.#read(envelope).outcome
  }

  offer(envelope: Uint8Array): ControlOutcome {
    const { outcome, digest } = this.#read(envelope)
    if (outcome.kind === 'accepted') {
      const { object } = outcome
      // A step of the wall clock must neither end a revocation early nor lengthen a grant: from here on the monotonic one counts.
      const endsAtMonotonicMs = this.#time.monotonicMs() + (object.notAfterMs - this.#time.wallMs())
      this.#held.set(object.id, { object, digest, endsAtMonotonicMs })
    }
    return outcome
  }

  /** Forgets what has expired, and returns it. */
  expire(): ControlObject[] {
    const expired: ControlObject[] = []
    for (const [id, held] of this.#held) {
      if (this.#lives(held)) continue
      this.#held.delete(id)
      expired.push(held.object)
    }
    return expired
  }

  #lives({ endsAtMonotonicMs }: Held): boolean {
    return endsAtMonotonicMs > this.#time.monotonicMs()
  }

  #read(envelope: Uint8Array): { outcome: ControlOutcome; digest: string } {
    const opened = openEnvelope(envelope, this.#keyOf)
    if (typeof opened === 'string') return { outcome: refused(opened), digest: '' }
    const { payload } = opened
    const object = readPayload(payload)
    if (typeof object === 'string') return { outcome: refused(object), digest: '' }
    const digest = createHash('sha256').update(payload).digest('base64url')
    return { outcome: this.#against(object, digest), digest }
  }

  /** Compares a signed object with what is in force. */
  #against(object: ControlObject, digest: string): ControlOutcome {
    const { id, version, issuedAtMs, notAfterMs } = object
    if (notAfterMs <= this.#time.wallMs()) return refused('expired', object)
    if (notAfterMs - issuedAtMs > controlLimits.lifetimeMsMax)
      return refused('lifetime_too_long', object)
    const held = this.#held.get(id)
    if (held === undefined) {
      return this.#held.size < controlLimits.objectsMax
        ? { kind: 'accepted', object }
        : refused('too_many', object)
    }
    if (held.object.version === version && held.digest === digest) return { kind: 'known', object }
    if (version <= held.object.version) return refused('superseded', object)
    if (weakens(object, held.object)) return refused('weakens_revocation', object)
    return { kind: 'accepted', object }
  }
}

/** The exact bytes that a trusted key signed, or why there are none. */
function openEnvelope(
  envelope: Uint8Array,
  keyOf: (key: string) => KeyObject | undefined,
): { payload: Uint8Array } | ControlRefusal {
  if (envelope.length > controlLimits.objectBytesMax) return 'too_long'
  const parsed = controlEnvelopeSchema.safeParse(parseJson(envelope))
  if (!parsed.success) return 'malformed'
  const key = keyOf(parsed.data.key)
  if (key === undefined) return 'unknown_key'
  const payload = Buffer.from(parsed.data.payload, 'base64url')
  const signature = Buffer.from(parsed.data.signature, 'base64url')
  // Before anything of the payload is looked at: what no trusted key signed has no meaning.
  if (!verify(null, controlMessage(payload), key, signature)) return 'bad_signature'
  return { payload }
}

function readPayload(payload: Uint8Array): ControlObject | ControlRefusal {
  const header = controlHeaderSchema.safeParse(parseJson(payload))
  if (!header.success) return 'malformed'
  const { id, version, issuedAtMs, notAfterMs } = header.data
  const kinds = controlBodySchema.options.map((option) => option.shape.kind.value)
  if (!kinds.some((kind) => kind === header.data.body.kind)) return 'unknown_kind'
  const body = controlBodySchema.safeParse(header.data.body)
  if (!body.success) return 'malformed'
  const [prefix, name] = id.split('/')
  if (prefix !== controlPrefixOf(body.data.kind)) return 'wrong_id'
  if (body.data.kind === 'reference_token' && name !== body.data.sha256) return 'wrong_id'
  return { id, version, issuedAtMs, notAfterMs, body: body.data }
}

/** A later version may lift a revocation by saying so; it may not do so by being about something else, or by ending earlier. */
function weakens(later: ControlObject, held: ControlObject): boolean {
  const { body } = held
  // It keeps nobody out: whoever may save questions may change and delete them.
  if (body.kind === 'saved_question' || body.kind === 'saved_question_deleted') return false
  if (later.notAfterMs < held.notAfterMs) return true
  if (body.kind === 'reference_token') return false
  if (later.body.kind !== 'revocation' && later.body.kind !== 'revocation_lifted') return true
  if (JSON.stringify(later.body.target) !== JSON.stringify(body.target)) return true
  if (body.kind === 'revocation_lifted' || later.body.kind === 'revocation_lifted') return false
  return (
    later.body.refuseUntilMs < body.refuseUntilMs ||
    (body.action === 'revoke' && later.body.action === 'kill')
  )
}

function refused(reason: ControlRefusal, object?: ControlObject): ControlOutcome {
  return object === undefined ? { kind: 'refused', reason } : { kind: 'refused', reason, object }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined // The schema refuses it.
  }
}
