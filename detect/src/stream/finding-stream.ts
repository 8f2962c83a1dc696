/**
 * Findings of a text that comes in chunks: the same findings and the same output however it is cut. Bytes go on as soon as no
 * finding may begin in them; what is held back is bounded by how far detectors look (detector.ts).
 *
 *   feed → pieces.ts, stream-window.ts → open-candidates.ts → settled findings → masked pieces
 *
 * Pure: the time after which a caller wants what is held back (`flush`) is the caller's.
 */
import type { TouchLevel } from '@gatetrail/schemas'
import { lookBehindBytesMax } from '../detector.ts'
import { noSpans, type Ruleset } from '../find-spans.ts'
import { byPlace, chainMax, isAtLeast, resolveOverlaps } from '../resolve-overlaps.ts'
import type { Span } from '../ruleset.ts'
import { Scan } from '../scan.ts'
import { OpenCandidates } from './open-candidates.ts'
import { Pieces, type Hidden, type MaskFinding } from './pieces.ts'
import { StreamWindow } from './stream-window.ts'

export type { MaskFinding } from './pieces.ts'

export type StreamOptions = {
  /** Findings below are left out. Default: `likely`. */
  readonly levelMin?: TouchLevel
  /** Words of the name of the column or key, as `wordsOfName` gives them. */
  readonly names?: readonly string[]
  /** What stands in place of a finding. Left out: everything goes on as it is. */
  readonly mask?: MaskFinding
}

/** Places are counted in bytes from the begin of the stream. */
export type StreamOutput = {
  /** What may go on. Bytes in which nothing was found are views of the chunks that were fed. */
  readonly pieces: readonly Uint8Array[]
  /** Findings, each whole in what has now gone on. */
  readonly spans: readonly Span[]
  /** Findings of which a part went on at a `flush`, before they were known. What had not gone on of them is blotted out. */
  readonly late: readonly Span[]
}

const nothing: StreamOutput = { pieces: [], spans: noSpans, late: noSpans }
/** Larger chunks are looked at in slices of this size. */
const sliceBytesMax = 64 * 1024
/** More is never held back: bytes go on as if `flush` was called. Detectors don't look that far; this is for their errors. */
const heldBytesMax = 256 * 1024
/** Detectors look at {@link lookBehindBytesMax} bytes before a candidate; the scanner at a few more. */
const contextBytes = lookBehindBytesMax + 64
const asterisk = 0x2a

export class FindingStream {
  readonly #rules: Ruleset
  readonly #options: StreamOptions
  readonly #levelMin: TouchLevel
  readonly #open: OpenCandidates
  readonly #window = new StreamWindow()
  readonly #pieces = new Pieces()
  /** Found, not gone on. */
  #found: Span[] = []
  /** What went on at a flush as if nothing came any more: it may be found again. */
  #guessed: Span[] = []
  /** Everything before has gone on. */
  #gone = 0
  /** Where the last finding that was settled ends. */
  #settled = 0

  constructor(rules: Ruleset, options: StreamOptions = {}) {
    this.#rules = rules
    this.#options = options
    this.#levelMin = options.levelMin ?? 'likely'
    this.#open = new OpenCandidates(rules)
  }

  /** Bytes that were fed and have not gone on. */
  get heldBytes(): number {
    return this.#window.end - this.#gone
  }

  /** The next bytes. They must not be changed until they have gone on. */
  feed(chunk: Uint8Array): StreamOutput {
    if (chunk.length <= sliceBytesMax) return this.#feedSlice(chunk)
    const outputs: StreamOutput[] = []
    for (let at = 0; at < chunk.length; at += sliceBytesMax) {
      outputs.push(this.#feedSlice(chunk.subarray(at, at + sliceBytesMax)))
    }
    return joined(outputs)
  }

  /**
   * Everything that is held back goes on, because the caller can't wait: findings in it are masked as if the text ended here.
   * The stream goes on; what turns out to be a finding with the bytes that come then is `late`.
   */
  flush(): StreamOutput {
    if (this.heldBytes === 0) return nothing
    const guessed = this.#scan()
    this.#open.guess(this.#window, guessed)
    const found = [...this.#found, ...this.#placed(guessed)]
    const spans = resolveOverlaps(found, this.#levelMin, this.#settled)
    const output = this.#give(this.#window.end, spans)
    this.#guessed.push(...output.spans)
    return output
  }

  /** What is left. The stream has ended. */
  end(): StreamOutput {
    return this.flush()
  }

  #feedSlice(chunk: Uint8Array): StreamOutput {
    if (chunk.length === 0) return nothing
    const window = this.#window
    const needed = Math.min(this.#gone, this.#open.from) - contextBytes
    this.#pieces.push(chunk)
    window.append(chunk, Math.max(window.base, needed))
    const scan = this.#scan()
    this.#open.advance(window, chunk, scan)
    if (scan.found.length > 0) this.#found.push(...this.#placed(scan))
    const output = this.#settle(this.#open.findingsFrom(window))
    return this.heldBytes > heldBytesMax ? joined([output, this.flush()]) : output
  }

  #scan(): Scan {
    const { bytes, base, end } = this.#window
    return new Scan(bytes, 0, end - base, this.#options.names, this.#levelMin)
  }

  /** What was found in the window, by place in the stream. */
  #placed({ found }: Scan): Span[] {
    const { base } = this.#window
    return this.#rules
      .wanted(found)
      .filter(({ level }) => isAtLeast(level, this.#levelMin))
      .map((span) => ({ ...span, start: span.start + base, end: span.end + base }))
  }

  /** No finding that isn't known begins before `from`: all chains of overlapping ones that end before are settled. */
  #settle(from: number): StreamOutput {
    if (this.#found.length === 0) return this.#give(from, noSpans)
    this.#found.sort(byPlace)
    const { count, heldFrom } = settledChains(this.#found, from)
    const spans = resolveOverlaps(this.#found.slice(0, count), this.#levelMin, this.#settled)
    this.#found = this.#found.slice(count)
    this.#settled = spans.at(-1)?.end ?? this.#settled
    return this.#give(Math.max(heldFrom, this.#settled), spans)
  }

  /** Lets go on what stands before `to`. */
  #give(to: number, resolved: readonly Span[]): StreamOutput {
    if (to <= this.#gone && resolved.length === 0) return nothing
    const gone = this.#gone
    const spans: Span[] = []
    const late: Span[] = []
    for (const span of resolved) {
      if (span.start >= gone) spans.push(span)
      else if (!this.#guessed.some((known) => covers(known, span))) late.push(span)
    }
    this.#gone = Math.max(to, gone)
    if (this.#guessed.length > 0) this.#guessed = this.#guessed.filter(({ end }) => end > to)
    const pieces = this.#pieces.take(this.#gone, this.#hidden(spans, late, gone))
    return { pieces, spans, late }
  }

  /** What is masked, in order: of late findings what had not gone on. */
  #hidden(spans: readonly Span[], late: readonly Span[], gone: number): Hidden[] {
    const { mask } = this.#options
    if (mask === undefined) return []
    const rests = late.filter(({ end }) => end > gone)
    return [
      ...rests.map(({ end }) => ({ start: gone, end, mask: blotOut })),
      ...spans.map((span) => ({
        start: span.start,
        end: span.end,
        mask: (bytes: Uint8Array) => mask(bytes, span),
      })),
    ]
  }
}

/** Of `found`, in order: how many are of chains that nothing can join any more, and where what is not begins. */
function settledChains(found: readonly Span[], from: number): { count: number; heldFrom: number } {
  let chainAt = 0
  let reach = -Infinity
  let index = 0
  for (; index < found.length && found[index]!.start < from; index++) {
    const { start, end } = found[index]!
    if (start >= reach || index - chainAt === chainMax) {
      chainAt = index
      reach = -Infinity
    }
    reach = Math.max(reach, end)
  }
  if (reach <= from || index - chainAt === chainMax) return { count: index, heldFrom: from }
  return { count: chainAt, heldFrom: found[chainAt]!.start }
}

function covers(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && outer.end >= inner.end
}

function blotOut(bytes: Uint8Array): Uint8Array {
  return bytes.fill(asterisk)
}

function joined(outputs: readonly StreamOutput[]): StreamOutput {
  return {
    pieces: outputs.flatMap(({ pieces }) => pieces),
    spans: outputs.flatMap(({ spans }) => spans),
    late: outputs.flatMap(({ late }) => late),
  }
}
