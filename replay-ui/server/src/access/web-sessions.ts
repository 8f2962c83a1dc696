/**
 * Signed-in browsers. The cookie holds an opaque id; here only its hash is kept, so that a look into memory or a log opens
 * nothing. In memory: a restart signs everybody out. Bounded in number and in time: a session ends a while after the last request, and
 * at its end whatever was asked meanwhile. Groups are those of the sign-in, so that its end bounds how long a group lives on that the
 * issuer has taken away; a revocation ends it at once (authenticate.ts).
 */
import { createHash, randomBytes } from 'node:crypto'
import { webSessionsMax } from '../limits.ts'
import type { Caller } from './roles.ts'

type WebSession = { caller: Caller; expiresAtMs: number; lastMs: number }

export class WebSessions {
  readonly #sessions = new Map<string, WebSession>()
  readonly sessionMs: number
  readonly #idleMs: number

  constructor(web: { sessionMinutesMax: number; idleMinutesMax: number }) {
    this.sessionMs = web.sessionMinutesMax * 60_000
    this.#idleMs = web.idleMinutesMax * 60_000
  }

  /** Returns the id for the cookie. */
  open(caller: Caller, nowMs: number): string {
    this.#sweep(nowMs)
    const id = randomBytes(32).toString('base64url')
    this.#sessions.set(hashOf(id), { caller, expiresAtMs: nowMs + this.sessionMs, lastMs: nowMs })
    return id
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

  close(id: string): void {
    this.#sessions.delete(hashOf(id))
  }

  #sweep(nowMs: number): void {
    for (const [key, { expiresAtMs }] of this.#sessions) {
      // Insertion order is expiry order.
      if (expiresAtMs > nowMs && this.#sessions.size < webSessionsMax) return
      this.#sessions.delete(key)
    }
  }
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
