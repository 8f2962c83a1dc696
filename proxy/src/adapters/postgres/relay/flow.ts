/** Reading from one socket, as long as nobody has a reason against it. */
import type { Duplex } from 'node:stream'

/** full: the other side takes no more. journal: the journal slows this session. held: an answer must come first. */
export const pauseReasons = { full: 1, journal: 2, held: 4, ended: 8 } as const

export class Flow {
  readonly #socket: Duplex
  #reasons = 0

  constructor(socket: Duplex) {
    this.#socket = socket
  }

  pause(reason: number): void {
    if (this.#reasons === 0) this.#socket.pause()
    this.#reasons |= reason
  }

  resume(reason: number): void {
    if ((this.#reasons & reason) === 0) return
    this.#reasons &= ~reason
    if (this.#reasons === 0) this.#socket.resume()
  }
}
