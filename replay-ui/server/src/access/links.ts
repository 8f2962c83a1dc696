/**
 * One-time links: how somebody with the local token brings a browser in where no issuer is configured. A link is good once and for a
 * few minutes; only the hash of its code is kept, in memory. The code stands behind `#`: no server, log or previewer is sent it, and
 * only the page's own POST uses it up.
 */
import { randomBytes } from 'node:crypto'
import { linkMs, linksMax } from '../limits.ts'
import { hashOf } from './web-sessions.ts'

export class Links {
  /** Hash of the code → when it ends. */
  readonly #open = new Map<string, number>()

  make(publicUrl: URL, nowMs: number): { url: string; expiresAtMs: number } {
    const code = randomBytes(32).toString('base64url')
    const expiresAtMs = nowMs + linkMs
    this.#open.set(hashOf(code), expiresAtMs)
    for (const key of this.#open.keys()) {
      if (this.#open.size <= linksMax) break
      this.#open.delete(key) // The oldest.
    }
    return { url: new URL(`/#link=${code}`, publicUrl).href, expiresAtMs }
  }

  /** Whether the code opens the door; it does so once. */
  use(code: string, nowMs: number): boolean {
    const key = hashOf(code)
    const expiresAtMs = this.#open.get(key)
    this.#open.delete(key)
    return expiresAtMs !== undefined && expiresAtMs > nowMs
  }
}
