/**
 * Looks for personal data in one value, by its shape, and masks what policy does not reveal, in place and same length.
 * From row-mask.ts and copy-out-mask.ts. Nothing is allocated for a value in which nothing is found.
 */
import type { FindOptions, Masking, Span } from '@gatetrail/detect'
import type { Detection } from '../../../detection/detection.ts'
import type { CoverageCounts } from './coverage-counts.ts'
import { shapeOf, type ValueShape } from './column-types.ts'
import { isText, textOfHex, writeHex } from './hex-text.ts'
import { JsonFindings } from './json-findings.ts'
import { eachArrayElement, eachRowColumn } from './masks/containers-binary.ts'
import type { Types } from './masks/mask-of-type.ts'
import { collapse, eachHexRun } from './nested-text.ts'
import type { TouchCounts } from './touch-counts.ts'

/** Where findings are counted, and what policy says of them. */
export type FindingRules = {
  readonly place: string
  /** Whether policy reveals an entity here. */
  reveals(entity: string): boolean
  readonly types: Types
  readonly detection: Detection
  /** By it what is found is masked. */
  readonly masking: Masking
  /** With words of the name of the column. */
  readonly options: FindOptions
}

/** Asked once for each entity, and for those alone that are found. */
export function answersOf(ask: (entity: string) => boolean): (entity: string) => boolean {
  const answers = new Map<string, boolean>()
  return (entity) => {
    let answer = answers.get(entity)
    if (answer === undefined) answers.set(entity, (answer = ask(entity)))
    return answer
  }
}

const backslash = 0x5c
const letterX = 0x78
/** Arrays of rows of arrays. */
const depthMax = 8

export class ValueFinder {
  /** Start and end of what is shown but must be masked in the record. Emptied by whoever reads it. */
  readonly shown: number[] = []
  /** Something was masked. Set back by whoever reads it. */
  masked = false
  readonly #coverage: CoverageCounts
  #touches: TouchCounts | undefined

  constructor(coverage: CoverageCounts) {
    this.#coverage = coverage
  }

  find(
    shape: ValueShape,
    rules: FindingRules,
    touches: TouchCounts,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.#touches = touches
    this.#find(shape, rules, bytes, start, end, 0)
  }

  /** What was found in a text. */
  mask(rules: FindingRules, touches: TouchCounts, bytes: Uint8Array, spans: readonly Span[]): void {
    this.#touches = touches
    this.#mask(rules, bytes, spans)
  }

  #find(
    shape: ValueShape,
    rules: FindingRules,
    bytes: Uint8Array,
    start: number,
    end: number,
    depth: number,
  ): void {
    switch (shape) {
      case 'text':
        this.#mask(rules, bytes, found(rules, bytes, start, end))
        return
      case 'nested_text':
        this.#findInNested(rules, bytes, start, end)
        return
      case 'json':
        this.#maskJson(rules, bytes, start, end)
        this.#findInHex(rules, bytes, start, end)
        return
      case 'json_binary':
        // The first byte is the version of the format.
        this.#maskJson(rules, bytes, start + 1, end)
        this.#findInHex(rules, bytes, start + 1, end)
        return
      case 'bytes':
        if (isText(bytes, start, end)) this.#mask(rules, bytes, found(rules, bytes, start, end))
        else this.#hidden(end - start)
        return
      case 'bytes_text':
        this.#findInByteaText(rules, bytes, start, end)
        return
      case 'array_binary':
      case 'row_binary': {
        const each = shape === 'array_binary' ? eachArrayElement : eachRowColumn
        each(bytes, start, end, (typeOid, from, to) => {
          const nested = depth < depthMax ? shapeOf(typeOid, 1, rules.types) : 'unknown'
          this.#find(nested, rules, bytes, from, to, depth + 1)
        })
        return
      }
      case 'opaque':
        return
      case 'unknown':
        // A range or a map of texts has them in it as they are; in numbers nothing is found.
        this.#mask(rules, bytes, found(rules, bytes, start, end))
        this.#hidden(end - start)
    }
  }

  #hidden(length: number): void {
    this.#coverage.inspectedBytes -= length
    this.#coverage.uninspected('binary_value', length)
  }

  #mask(rules: FindingRules, bytes: Uint8Array, spans: readonly Span[]): void {
    for (const span of spans) {
      if (this.#shows(rules, span, bytes, span.start, span.end)) continue
      rules.masking.of(span.entity).inText(bytes, span.start, span.end)
    }
  }

  #maskJson(rules: FindingRules, bytes: Uint8Array, start: number, end: number): void {
    const spans = found(rules, bytes, start, end)
    if (spans.length === 0) return
    const masked = spans.filter((span) => !this.#shows(rules, span, bytes, span.start, span.end))
    if (masked.length > 0) new JsonFindings(rules.masking).mask(bytes, start, end, masked)
  }

  /** Hex: looked for in the bytes that it stands for. Escape: in the text, if it has no escapes. */
  #findInByteaText(rules: FindingRules, bytes: Uint8Array, start: number, end: number): void {
    // In COPY's text format the backslash is doubled.
    const mark = bytes[start + 1] === backslash ? start + 2 : start + 1
    if (bytes[start] !== backslash || bytes[mark] !== letterX) {
      const escape = bytes.indexOf(backslash, start)
      if (escape === -1 || escape >= end) {
        this.#mask(rules, bytes, found(rules, bytes, start, end))
      } else this.#hidden(end - start)
      return
    }
    if (!this.#findInDigits(rules, bytes, mark + 1, end)) this.#hidden(end - start)
  }

  /** Quotes that are doubled stand between a name and its value; bytes stand in digits. */
  #findInNested(rules: FindingRules, bytes: Uint8Array, start: number, end: number): void {
    const collapsed = collapse(bytes, start, end)
    if (collapsed === undefined) this.#mask(rules, bytes, found(rules, bytes, start, end))
    else {
      const { text, places } = collapsed
      const spans = found(rules, text, 0, text.length)
      this.#mask(
        rules,
        bytes,
        spans.map((span) => ({ ...span, start: places[span.start]!, end: places[span.end]! })),
      )
    }
    this.#findInHex(rules, bytes, start, end)
  }

  /** What stands as bytea within other text. */
  #findInHex(rules: FindingRules, bytes: Uint8Array, start: number, end: number): void {
    eachHexRun(bytes, start, end, (first, last) => {
      if (!this.#findInDigits(rules, bytes, first, last)) {
        this.#hidden(last - first)
      }
    })
  }

  /** Looks into the bytes that hexadecimal digits stand for. False: they are no text. */
  #findInDigits(rules: FindingRules, bytes: Uint8Array, first: number, end: number): boolean {
    const value = textOfHex(bytes, first, end)
    if (value === undefined) return false
    for (const span of found(rules, value, 0, value.length)) {
      const from = first + 2 * span.start
      const to = first + 2 * span.end
      const placed = { ...span, start: from, end: to }
      if (this.#shows(rules, placed, value, span.start, span.end)) continue
      rules.masking.of(span.entity).inText(value, span.start, span.end)
      for (let at = span.start; at < span.end; at++) writeHex(bytes, first + 2 * at, value[at]!)
    }
    return true
  }

  /** Counts a finding, which lies in `value` as it is. Whether the client may see it: then the record masks it. */
  #shows(
    rules: FindingRules,
    { start, end, entity, level }: Span,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): boolean {
    const shown = rules.reveals(entity)
    if (shown) this.shown.push(start, end)
    else this.masked = true
    const outcome = shown ? 'revealed' : 'masked'
    this.#touches!.add(rules.place, entity, outcome, level, 1, value, valueStart, valueEnd)
    return shown
  }
}

function found(
  { detection, options }: FindingRules,
  bytes: Uint8Array,
  start: number,
  end: number,
): readonly Span[] {
  return detection.find(bytes, start, end, options)
}
