/**
 * The prefilter in WebAssembly, one of a ruleset: its tables and the window's bytes are copied into its memory. From
 * find-spans.ts, for long texts; for short ones, and where there is no WebAssembly, candidates.ts does the same.
 */
import { wordBytesMax } from '../detector.ts'
import { blankBetween } from './blank-between.ts'
import { windowBytes } from './candidates.ts'
import { literalBytesMin, type Dispatch } from './dispatch.ts'
import { wasmModule } from './wasm-module.ts'
import { bufferOf, webAssembly } from './web-assembly.ts'

/** Where things are in the memory: as in prefilter.wat. */
const layout = {
  ...{ kinds: 0, firstClasses: 256, nextClasses: 512, byteRows: 768, rows: 1024, wanted: 2304 },
  ...{ slots: 4096, lists: 86_016, window: 610_368, candidates: 634_880 },
} as const
/** Of the word that the window cuts, one byte more than a candidate has. */
const behindBytes = wordBytesMax + 2
/** What is read behind the last byte. */
const zeroBytes = 80
/** What is read before the first byte: the letter of an escape and its backslash. */
const beforeBytes = 2

type Fill = (length: number, literals: number, from: number) => number

type Instantiate = () => Readonly<Record<string, unknown>>

let instantiate: Instantiate | undefined

function compile(): Instantiate | undefined {
  const api = webAssembly()
  const bytes = Uint8Array.from(atob(wasmModule), (letter) => letter.charCodeAt(0))
  // False where there is no SIMD.
  if (api === undefined || !api.validate(bytes)) return undefined
  const module = new api.Module(bytes)
  return () => new api.Instance(module).exports
}

export class WasmPrefilter {
  /** As of candidates.ts. */
  readonly candidates: Int32Array
  readonly #bytes: Uint8Array
  readonly #fill: Fill

  private constructor(dispatch: Dispatch, buffer: ArrayBuffer, fill: Fill) {
    this.#fill = fill
    this.#bytes = new Uint8Array(buffer)
    this.candidates = new Int32Array(buffer, layout.candidates)
    this.#bytes.set(dispatch.kinds, layout.kinds)
    this.#bytes.set(dispatch.firstClasses, layout.firstClasses)
    this.#bytes.set(dispatch.nextClasses, layout.nextClasses)
    this.#bytes.set(dispatch.byteRows, layout.byteRows)
    this.#bytes.set(dispatch.rows, layout.rows)
    this.#bytes.set(dispatch.slots, layout.slots)
    new Uint16Array(buffer).set(dispatch.lists, layout.lists / 2)
    this.#setWanted(dispatch)
  }

  /** `undefined` where there is no WebAssembly with SIMD. */
  static of(dispatch: Dispatch): WasmPrefilter | undefined {
    instantiate ??= compile()
    if (instantiate === undefined) return undefined
    const { memory, fill } = instantiate()
    const buffer = bufferOf(memory)
    if (buffer === undefined || !isFill(fill)) throw new Error('prefilter.wat exports both')
    return new WasmPrefilter(dispatch, buffer, fill)
  }

  /** As fillCandidates of candidates.ts, but into {@link candidates}. At most `windowBytes` from `from` to `to`. */
  fillCandidates(bytes: Uint8Array, start: number, from: number, to: number, end: number): number {
    const length = Math.min(to - from, windowBytes)
    const { window } = layout
    const first = Math.max(start, from - beforeBytes)
    const last = Math.min(end, to + behindBytes)
    this.#bytes.fill(0, window - beforeBytes, window)
    this.#bytes.set(bytes.subarray(first, last), window - (from - first))
    this.#bytes.fill(0, window + last - from, window + last - from + zeroBytes)
    const literals = Math.min(to, end - literalBytesMin + 1) - from
    let count = this.#fill(length, Math.max(0, literals), from)
    // Of the last block of 64 bytes, what begins behind the window is found, too: it may not be there whole yet.
    while (count > 0 && this.candidates[count - 2]! >= from + length) count -= 2
    return count
  }

  /** As fillApart of find-spans.ts, into {@link candidates}. */
  fillApart(
    bytes: Uint8Array,
    from: number,
    to: number,
    values: Int32Array,
    numbers: number,
  ): number {
    const { window } = layout
    const length = to - from
    this.#bytes.fill(0, window - beforeBytes, window)
    this.#bytes.set(bytes.subarray(from, to), window)
    blankBetween(this.#bytes, window - from, from, to, values, numbers)
    this.#bytes.fill(0, window + length, window + length + zeroBytes)
    return this.#fill(length, Math.max(0, length - literalBytesMin + 1), 0)
  }

  /** A byte is looked at if a bit is set for its low and for its high half: eight bits, for eight bytes and some more. */
  #setWanted({ byteRows }: Dispatch): void {
    let bit = 1
    for (const [byte, row] of byteRows.entries()) {
      if (row === 0) continue
      this.#bytes[layout.wanted + (byte & 15)]! |= bit
      this.#bytes[layout.wanted + 16 + (byte >> 4)]! |= bit
      bit = bit === 128 ? 1 : bit << 1
    }
  }
}

function isFill(value: unknown): value is Fill {
  return typeof value === 'function'
}
