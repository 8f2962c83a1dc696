/**
 * Signed-in browsers. The cookie holds an opaque id; here only its hash is kept, so that a look into memory or a log opens
 * nothing. In memory: a restart signs everybody out. Bounded in number and in time: a session ends a while after the last request, and
 * at its end whatever was asked meanwhile. Its groups are those that the issuer confirmed last, and count for a while only; a
 * revocation ends it at once (authenticate.ts).
 */
import { createHash, randomBytes } from 'node:crypto'
import { webSessionsMax } from '../limits.ts'
import type { Caller } from './roles.ts'

type WebSession = { caller: Caller; expiresAtMs: number; lastMs: number }

/** What became of a session whose issuer was asked again. */
export type Confirmed =
  | { kind: 'kept' }
  /** With other rights, under another id: what was begun with the old ones ends. */
  | { kind: 'moved'; id: string; expiresAtMs: number }
  /** There is none any more, or it was somebody else's. */
  | { kind: 'none' }

export class WebSessions {
  readonly #sessions = new Map<string, WebSession>()
  readonly #sessionMs: number
  readonly #idleMs: number
  readonly #confirmMs: number

  constructor(web: Record<'sessionMinutesMax' | 'idleMinutesMax' | 'confirmMinutesMax', number>) {
    this.#sessionMs = web.sessionMinutesMax * 60_000
    this.#idleMs = web.idleMinutesMax * 60_000
    this.#confirmMs = web.confirmMinutesMax * 60_000
  }

  /** Returns the id for the cookie, and when it opens nothing any more. */
  open(
    caller: Caller,
    nowMs: number,
    expiresAtMs = nowMs + this.#sessionMs,
  ): { id: string; expiresAtMs: number } {
    this.#sweep(nowMs)
    const id = randomBytes(32).toString('base64url')
    const session = { caller: this.#confirmed(caller, nowMs), expiresAtMs, lastMs: nowMs }
    this.#sessions.set(hashOf(id), session)
    return { id, expiresAtMs }
  }

  /** Who it is. `asked`: by a request of theirs, so that it is not idle. */
  find(id: string, nowMs: number, asked = true): Caller | undefined {
    const session = this.#sessions.get(hashOf(id))
    if (session === undefined) return undefined
    if (session.expiresAtMs <= nowMs || session.lastMs + this.#idleMs <= nowMs) {
      this.close(id)
      return undefined
    }
    if (asked) session.lastMs = nowMs
    return session.caller
  }

  /** Whether somebody is signed in by it, also one who has asked nothing for a while. */
  isOpen(id: string, nowMs: number): boolean {
    const session = this.#sessions.get(hashOf(id))
    return session !== undefined && session.expiresAtMs > nowMs
  }

  /** The issuer has named `caller` to the browser that has the session of this hash. It ends when it would have. */
  confirm(hash: string, caller: Caller, nowMs: number): Confirmed {
    const session = this.#sessions.get(hash)
    const isTheirs = session?.caller.name === caller.name && session.expiresAtMs > nowMs
    if (isTheirs && rightsOf(session.caller) === rightsOf(caller)) {
      session.caller = this.#confirmed(caller, nowMs)
      session.lastMs = nowMs
      return { kind: 'kept' }
    }
    this.#sessions.delete(hash)
    return isTheirs
      ? { kind: 'moved', ...this.open(caller, nowMs, session.expiresAtMs) }
      : { kind: 'none' }
  }

  close(id: string): void {
    this.#sessions.delete(hashOf(id))
  }

  /** Nobody confirms who came by a one-time link. */
  #confirmed(caller: Caller, nowMs: number): Caller {
    return caller.principal === undefined
      ? caller
      : { ...caller, confirm: { untilMs: nowMs + this.#confirmMs, everyMs: this.#confirmMs } }
  }

  #sweep(nowMs: number): void {
    for (const [key, { expiresAtMs }] of this.#sessions) {
      // Insertion order is nearly expiry order; what is passed over here is refused when it is asked with.
      if (expiresAtMs > nowMs && this.#sessions.size < webSessionsMax) return
      this.#sessions.delete(key)
    }
  }
}

function rightsOf({ roles, connections, principal }: Caller): string {
  return JSON.stringify([roles, connections, principal?.groups])
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
