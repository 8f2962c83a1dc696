/** Texts are kept as long as a name stands for them, to be described again when the session's state has changed. */
import { limits } from '@gatetrail/schemas'

const textBytesMax = 64 * limits.KiB
const textsBytesMax = 512 * limits.KiB

export class NamedTexts {
  readonly #recount: () => number
  #bytes = 0

  /** `recount`: the bytes of all texts that names stand for now. */
  constructor(recount: () => number) {
    this.#recount = recount
  }

  /** A copy of the text; undefined: it is not kept, and its statement is as good as unknown when the state changes. */
  keep(bytes: Buffer, start: number, end: number): Buffer | undefined {
    const length = end - start
    if (length > textBytesMax) return undefined
    if (this.#bytes + length > textsBytesMax) {
      // Texts of names that are gone were counted too.
      this.#bytes = this.#recount()
      if (this.#bytes + length > textsBytesMax) return undefined
    }
    this.#bytes += length
    return Buffer.from(bytes.subarray(start, end))
  }
}
