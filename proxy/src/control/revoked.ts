/** Which revocations are about a newcomer. Pure but for the clock; from session-control.ts. */
import {
  isAbout,
  revocableSubjects,
  unreachable,
  type ControlObject,
  type Revocation,
  type RevocationTarget,
  type SessionFacts,
} from '@gatetrail/schemas'

type Entry = { revocation: Revocation; refuseUntilMonotonicMs: number }

/** The revocations that refuse newcomers, found by what they are about. */
export class RevokedIndex {
  readonly #byKey = new Map<string, Map<string, Entry>>()
  readonly #keyOfObject = new Map<string, string>()

  /** Takes in an object that came into force; also one that takes the place of an earlier version. */
  add({ id, body }: ControlObject, wallMs: number, monotonicMs: number): void {
    this.#remove(id)
    if (body.kind !== 'revocation' || body.refuseUntilMs <= wallMs) return
    const key = keyOf(body.target)
    const entries = this.#byKey.get(key) ?? new Map<string, Entry>()
    // From here on by the monotonic clock: a step of the other one must not let anybody in.
    const refuseUntilMonotonicMs = monotonicMs + (body.refuseUntilMs - wallMs)
    entries.set(id, { revocation: body, refuseUntilMonotonicMs })
    this.#byKey.set(key, entries)
    this.#keyOfObject.set(id, key)
  }

  /** The id of a revocation that refuses this caller. */
  find(facts: SessionFacts, monotonicMs: number): string | undefined {
    for (const key of keysOf(facts)) {
      for (const [id, { revocation, refuseUntilMonotonicMs }] of this.#byKey.get(key) ?? []) {
        if (refuseUntilMonotonicMs <= monotonicMs) this.#remove(id)
        else if (isAbout(revocation.target, facts)) return id
      }
    }
    return undefined
  }

  /** Forgets what is over. */
  expire(monotonicMs: number): void {
    for (const entries of this.#byKey.values()) {
      for (const [id, { refuseUntilMonotonicMs }] of entries)
        if (refuseUntilMonotonicMs <= monotonicMs) this.#remove(id)
    }
  }

  #remove(id: string): void {
    const key = this.#keyOfObject.get(id)
    if (key === undefined) return
    this.#keyOfObject.delete(id)
    const entries = this.#byKey.get(key)
    entries?.delete(id)
    if (entries?.size === 0) this.#byKey.delete(key)
  }
}

function keysOf({ principal, tokenId, session }: SessionFacts): string[] {
  const { issuer, run } = principal
  return [
    ...revocableSubjects(principal).map((subject) => keyOf({ type: 'subject', ...subject })),
    ...(run === undefined ? [] : [keyOf({ type: 'run', provider: run.provider, id: run.id })]),
    ...(tokenId === undefined ? [] : [keyOf({ type: 'token', issuer, id: tokenId })]),
    ...(session === undefined ? [] : [keyOf({ type: 'session', session })]),
  ]
}

/** Without the attempt of a run: that is looked at afterwards. */
function keyOf(target: RevocationTarget): string {
  switch (target.type) {
    case 'session':
      return JSON.stringify(['session', target.session])
    case 'run':
      return JSON.stringify(['run', target.provider, target.id])
    case 'subject':
      return JSON.stringify(['subject', target.issuer, target.subject])
    case 'token':
      return JSON.stringify(['token', target.issuer, target.id])
    default:
      return unreachable(target)
  }
}
