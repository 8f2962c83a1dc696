/**
 * Signed-in browsers. The cookie holds an opaque id; here only its hash is kept, so that a look into memory or a log opens
 * nothing. In memory: a restart signs everybody out. Bounded in number and in time.
 */
import { createHash, randomBytes } from 'node:crypto'
import { webSessionMs, webSessionsMax } from '../limits.ts'
import type { Caller } from './roles.ts'

type WebSession = { caller: Caller; expiresAtMs: number }

export class WebSessions {
  readonly #sessions = new Map<string, WebSession>()

  /** Returns the id for the cookie. */
  open(caller: Caller, nowMs: number): string {
    this.#sweep(nowMs)
    const id = randomBytes(32).toString('base64url')
    this.#sessions.set(hashOf(id), { caller, expiresAtMs: nowMs + webSessionMs })
    return id
  }

  find(id: string, nowMs: number): Caller | undefined {
    const session = this.#sessions.get(hashOf(id))
    return session !== undefined && session.expiresAtMs > nowMs ? session.caller : undefined
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
