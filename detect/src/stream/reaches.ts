/**
 * How long a candidate of a stream stays open: until its detectors can have seen all that they look at. From the detectors' own
 * declarations (detector.ts) to finding-stream.ts.
 */
import {
  findingBytesMax,
  lookBehindBytesMax,
  pemBytesMax,
  type Confirm,
  type Detector,
} from '../detector.ts'
import type { Ruleset } from '../find-spans.ts'
import { literalBytesMin, slotOf, type Dispatch, type Literal } from '../prefilter/dispatch.ts'

/** Ordered: what is open until the end of the token is closed by the end of the line too. */
const placesByReach = ['token', 'line', 'text'] as const

export type Reach = {
  readonly within: (typeof placesByReach)[number]
  /** Bytes from the candidate's begin after which it is closed in any case. */
  readonly ahead: number
  /** A finding begins at most so many bytes before its candidate. */
  readonly behind: number
}

/** The reaches of a ruleset's detectors, few of them, and who has which. */
export class Reaches {
  readonly all: Reach[] = []
  /** By list of {@link Dispatch}: an index of `all`. */
  readonly ofList: readonly number[]
  readonly literalBytesMax: number
  readonly #dispatch: Dispatch
  readonly #ofLiteral = new Map<Literal, number>()
  /** By slot: wide enough for all of its literals. */
  readonly #ofSlot = new Map<number, number>()
  /** The first byte and the first two of literals, folded. */
  readonly #begins: ReadonlySet<number>

  constructor({ detectors, dispatch }: Ruleset) {
    this.#dispatch = dispatch
    const byConfirm = new Map<Confirm, Reach>()
    for (const detector of detectors) {
      const known = byConfirm.get(detector.confirm)
      const own = reachOf(detector)
      byConfirm.set(detector.confirm, known === undefined ? own : wider(known, own))
    }
    const indexOf = (confirms: readonly Confirm[]) => {
      const reach = confirms.map((confirm) => byConfirm.get(confirm)!).reduce(wider, narrowest)
      return this.#indexOf(reach)
    }
    this.ofList = dispatch.confirms.map(indexOf)
    const begins = new Set<number>()
    dispatch.literals.forEach((literals, slot) => {
      if (literals.length === 0) return
      this.#ofSlot.set(slot, indexOf(literals.map(({ confirm }) => confirm)))
    })
    for (const literal of dispatch.literals.flat()) {
      this.#ofLiteral.set(literal, indexOf([literal.confirm]))
      begins.add(beginOf(literal.text[0]!, undefined))
      begins.add(beginOf(literal.text[0]!, literal.text[1]))
    }
    this.#begins = begins
    this.literalBytesMax = Math.max(0, ...dispatch.literals.flat().map(({ text }) => text.length))
  }

  /** Of the literals of a slot that stand at `at`, as an index of `all`; -1: none of them does. */
  ofLiteralAt(slot: number, bytes: Uint8Array, at: number, end: number): number {
    let found = -1
    for (const literal of this.#dispatch.literals[slot]!) {
      const to = at + literal.text.length
      if (to > end || !isBegin(bytes, at, to, literal.text, literal.exact)) continue
      const own = this.#ofLiteral.get(literal)!
      if (found !== -1 && found !== own) return this.#ofSlot.get(slot)!
      found = own
    }
    return found
  }

  /** Whether what stands from `at` to `end` is the begin of a literal, but not all of it. */
  mayBeLiteral(bytes: Uint8Array, at: number, end: number): boolean {
    const second = end - at > 1 ? bytes[at + 1] : undefined
    if (end - at < literalBytesMin) return this.#begins.has(beginOf(bytes[at]!, second))
    const slot = slotOf(bytes[at]! | (second! << 8) | (bytes[at + 2]! << 16))
    if (this.#dispatch.slots[slot] === 0) return false
    return this.#dispatch.literals[slot]!.some(
      ({ text, exact }) => end - at < text.length && isBegin(bytes, at, end, text, exact),
    )
  }

  /** Reaches that differ only in what lies behind are one: the larger. */
  #indexOf(reach: Reach): number {
    const index = this.all.findIndex(
      ({ within, ahead }) => within === reach.within && ahead === reach.ahead,
    )
    if (index === -1) return this.all.push(reach) - 1
    this.all[index] = wider(this.all[index]!, reach)
    return index
  }
}

/** Of a ruleset, made once. */
export function reachesOf(rules: Ruleset): Reaches {
  const known = reachesByRules.get(rules)
  if (known !== undefined) return known
  const made = new Reaches(rules)
  reachesByRules.set(rules, made)
  return made
}

const reachesByRules = new WeakMap<Ruleset, Reaches>()

function isBegin(
  bytes: Uint8Array,
  at: number,
  end: number,
  text: Uint8Array,
  exact: boolean,
): boolean {
  for (let index = at; index < end; index++) {
    const byte = bytes[index]!
    const isUpper = byte >= 0x41 && byte <= 0x5a
    if ((isUpper && !exact ? byte | 0x20 : byte) !== text[index - at]) return false
  }
  return true
}

/** The first byte of a literal, or its first two, whatever their case. */
function beginOf(first: number, second: number | undefined): number {
  return ((first | 0x20) << 8) | (second === undefined ? 0 : second | 0x20)
}

/** Few, so that there are few queues: most candidates are closed by a blank or a newline long before. */
const aheads = [256, 512, findingBytesMax, pemBytesMax]
const narrowest: Reach = { within: 'token', ahead: aheads[0]!, behind: 0 }

/** What a detector says of itself; `ahead` rounded up. */
export function reachOf(detector: Detector): Reach {
  return {
    within: detector.within ?? 'text',
    ahead: aheads.find((ahead) => ahead >= (detector.ahead ?? findingBytesMax)) ?? pemBytesMax,
    behind: detector.behind ?? lookBehindBytesMax,
  }
}

function wider(a: Reach, b: Reach): Reach {
  const place = Math.max(placesByReach.indexOf(a.within), placesByReach.indexOf(b.within))
  return {
    within: placesByReach[place]!,
    ahead: Math.max(a.ahead, b.ahead),
    behind: Math.max(a.behind, b.behind),
  }
}
