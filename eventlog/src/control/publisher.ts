/**
 * Signs objects and puts them on the control log; takes away what is over. In replay instances. To a transport, and at once
 * into the state of this process, so that who published sees it.
 */
import { sign } from 'node:crypto'
import {
  controlMessage,
  GatetrailError,
  unreachable,
  type ControlObject,
  type ControlRefusal,
} from '@gatetrail/schemas'
import type { Log } from '../log.ts'
import type { SigningKey } from '../signing-key.ts'
import type { ControlPublisher, ControlTransport, PreparedObject } from './control-log.ts'
import type { ControlReader } from './control-reader.ts'
import type { ControlOutcome } from './control-state.ts'

const sweepIntervalMs = 60_000
/** Clocks differ: what is over here may not be elsewhere. */
const forgetAfterMs = 3_600_000
const removedPerSweepMax = 1_000
const expiredMax = 100_000

export type Publisher = ControlPublisher & { close(): Promise<void> }

export function createPublisher(
  key: SigningKey,
  reader: ControlReader,
  transport: ControlTransport,
  log: Log,
): Publisher {
  const expired = new Map<string, ControlObject>()
  reader.onExpired((object) => {
    if (expired.size < expiredMax) expired.set(object.id, object)
  })
  // One after the other: the second of two with the same id is held against the first.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }
  const sweep = async (): Promise<void> => {
    let removed = 0
    for (const [id, object] of expired) {
      if (object.notAfterMs + forgetAfterMs > Date.now()) continue
      if (removed++ >= removedPerSweepMax) return
      // A higher version may be in force: then that is the one under this id.
      if (reader.state.get(id) === undefined) await transport.remove(object)
      expired.delete(id)
    }
  }
  const timer = setInterval(() => {
    inTurn(sweep).catch((error: unknown) =>
      log.warn(
        { error: error instanceof Error ? error.message : String(error) },
        'expired objects of the control log could not be removed',
      ),
    )
  }, sweepIntervalMs)
  timer.unref()
  return {
    publicKey: key.publicKey,
    prepare({ id, notAfterMs, body }) {
      const version = (reader.state.get(id)?.version ?? 0) + 1
      const object: ControlObject = { id, version, issuedAtMs: Date.now(), notAfterMs, body }
      const envelope = signControlObject(object, key)
      throwIfRefused(reader.state.judge(envelope), object)
      return { object, envelope }
    },
    publish: ({ object, envelope }: PreparedObject) =>
      inTurn(async () => {
        throwIfRefused(reader.state.judge(envelope), object)
        await transport.write(object, envelope)
        throwIfRefused(await reader.take(envelope, 'published here'), object)
      }),
    async close() {
      clearInterval(timer)
      await last
    },
  }
}

/** The envelope of an object, signed over the bytes that it carries. */
export function signControlObject(
  { id, version, issuedAtMs, notAfterMs, body }: ControlObject,
  key: SigningKey,
): Uint8Array {
  const payload = Buffer.from(JSON.stringify({ id, version, issuedAtMs, notAfterMs, body }))
  const signature = sign(null, controlMessage(payload), key.privateKey)
  return Buffer.from(
    `${JSON.stringify({
      payload: payload.toString('base64url'),
      key: key.publicKey,
      signature: signature.toString('base64url'),
    })}\n`,
  )
}

function throwIfRefused(outcome: ControlOutcome, { id }: ControlObject): void {
  if (outcome.kind !== 'refused') return
  const { sentence, hint } = explain(outcome.reason)
  throw new GatetrailError('CONTROL_OBJECT_REFUSED', `${id} ${sentence}`, { hint })
}

function explain(reason: ControlRefusal): { sentence: string; hint: string } {
  switch (reason) {
    case 'superseded':
      return {
        sentence: 'was changed by somebody else meanwhile',
        hint: 'Look at what is there now, and try again.',
      }
    case 'weakens_revocation':
      return {
        sentence: 'would weaken a revocation without lifting it',
        hint: 'Lift the revocation: gatetrail revocations lift ID.',
      }
    case 'too_many':
      return {
        sentence: 'has no room on the control log',
        hint: 'Wait until revocations expire, or revoke a subject instead of each of its tokens.',
      }
    case 'expired':
    case 'lifetime_too_long':
      return {
        sentence: 'would be over already, or last for more than 366 days',
        hint: 'Choose another duration, and look at the clock of this machine.',
      }
    case 'unknown_key':
    case 'bad_signature':
      return {
        sentence: 'was signed with a key that is not trusted here',
        hint: 'Look at keys/control-signing.pem and control-signing.pub in dataDir.',
      }
    case 'too_long':
    case 'malformed':
    case 'unknown_kind':
    case 'wrong_id':
      return { sentence: `is not a valid object (${reason})`, hint: 'Shorten what was given.' }
    default:
      return unreachable(reason)
  }
}
