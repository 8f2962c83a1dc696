/**
 * Who is called for which candidate: tables made once of a ruleset's detectors. From find-spans.ts; used by candidates.ts and,
 * copied into its memory, by prefilter.wat. What no detector asked for is never a candidate.
 */
import { asciiOf, isBehindNumber, numberMayBegin } from '../byte-classes.ts'
import {
  wordBytesMax,
  type Confirm,
  type Detector,
  type RepeatsAfter,
  type ThenStands,
} from '../detector.ts'
import { BytePartition, classesMax } from './byte-partition.ts'

type WordDetector = Extract<Detector, { on: 'word' }>
type ByteDetector = Extract<Detector, { on: 'byte' }>
type LiteralDetector = Extract<Detector, { on: 'literal' }>

/** `text` is in lower case unless `exact`. */
export type Literal = {
  readonly text: Uint8Array
  readonly bytes: number
  /** The last, with {@link caseBit}. */
  readonly last: number
  readonly exact: boolean
  /** By the byte before and the one behind, {@link noByte} at the edge of the value: 1 where it may count. */
  readonly before: Uint8Array
  readonly behind: Uint8Array
  /** It counts only where a token may begin so many bytes before; -1: anywhere. */
  readonly tokenBefore: number
  readonly confirm: Confirm
}

/** Of `kinds`, by byte. escape: of `\b \f \n \r \t \v`, in JSON and COPY text: no letter of the word behind it. */
export const kindOf = { digit: 1, letter: 2, wanted: 4, escape: 8 } as const
export const literalBytesMin = 3
/** In place of a byte, before the begin of a value and behind its end. */
export const noByte = 256
/** What letters of two cases differ in. */
export const caseBit = 0x20
/** Slots of the hash table of the literals' first three bytes. */
export const slotBits = 15
const slotHash = 0x9e3779b1
const variantsOfCase = 8

/** Of three bytes, the first in the lowest bits; what is above 24 bits doesn't count. */
export function slotOf(gram: number): number {
  return Math.imul(gram << 8, slotHash) >>> (32 - slotBits)
}

export const rowsMax = 256

export class Dispatch {
  /** By byte: digit, letter, or a byte that a detector asked for. */
  readonly kinds: Uint8Array = new Uint8Array(256)
  /** By byte: its class as the first of a word or before a byte, and as the one behind a candidate. */
  readonly firstClasses: Uint8Array
  readonly nextClasses: Uint8Array
  /** By length, and `wordBytesMax + 1` further on for words with letters: a row; 0 if nobody asked. */
  readonly rows: Uint8Array = new Uint8Array(2 * (wordBytesMax + 1))
  /** By byte that is wanted: a row. */
  readonly byteRows: Uint8Array = new Uint8Array(256)
  /** By row, class of the first (or before) and class of the next byte: a list; 0 if nobody asked. */
  readonly lists: Uint16Array
  /** By list: who is called. */
  readonly confirms: readonly (readonly Confirm[])[]
  /** By list: who is left by what stands around; `undefined` where nobody asks for that. */
  readonly narrowed: readonly (Narrowed | undefined)[]
  /** By slot: bit n if a literal begins so and its fourth byte, or any byte behind one of three, has n as its lowest three bits. */
  readonly slots: Uint8Array = new Uint8Array(1 << slotBits)
  readonly literals: readonly (readonly Literal[])[]
  /** By slot, and the lowest three bits of the fourth byte: those that may stand there. */
  readonly literalsByFourth: readonly (readonly Literal[] | undefined)[]

  constructor(detectors: readonly Detector[]) {
    const words = detectors.filter((detector) => detector.on === 'word')
    const bytes = detectors.filter((detector) => detector.on === 'byte')
    const first = new BytePartition([
      ...words.map(({ startsWith }) => startsWith),
      ...bytes.map(({ after }) => after),
    ])
    const next = new BytePartition([...words, ...bytes].map(({ followedBy }) => followedBy))
    this.firstClasses = first.classes
    this.nextClasses = next.classes
    this.#fillKinds(bytes)

    const rows = new ListsById<WordDetector | ByteDetector>()
    this.#fillRows(rows, words, bytes)
    if (rows.all.length > rowsMax) throw new Error('too many rows of detectors')
    const lists = new ListsById<WordDetector | ByteDetector>()
    this.lists = new Uint16Array(rows.all.length * classesMax * classesMax)
    rows.all.forEach((row, rowId) => {
      for (let classOf = 0; classOf < first.count; classOf++) {
        for (let nextOf = 0; nextOf < next.count; nextOf++) {
          const called = row.filter(
            (detector) =>
              first.isIn(classOf, detector.on === 'word' ? detector.startsWith : detector.after) &&
              next.isIn(nextOf, detector.followedBy),
          )
          this.lists[(rowId * classesMax + classOf) * classesMax + nextOf] = lists.idOf(called)
        }
      }
    })
    this.confirms = lists.all.map((list) => list.map(({ confirm }) => confirm))
    this.narrowed = lists.all.map((list) => (list.some(isHinted) ? new Narrowed(list) : undefined))
    this.literals = this.#fillSlots(detectors.filter((detector) => detector.on === 'literal'))
    this.literalsByFourth = byFourth(this.literals)
  }

  #fillKinds(detectors: readonly ByteDetector[]): void {
    const { digit, letter, wanted, escape } = kindOf
    this.kinds.fill(digit, 0x30, 0x3a).fill(letter, 0x41, 0x5b).fill(letter, 0x61, 0x7b)
    for (const byte of new TextEncoder().encode('bfnrtv')) this.kinds[byte]! |= escape
    for (const { name, byte } of detectors) {
      if ((this.kinds[byte]! & (digit | letter)) !== 0) throw new Error(`${name}: byte of a word`)
      this.kinds[byte]! |= wanted
    }
  }

  #fillRows(
    rows: ListsById<WordDetector | ByteDetector>,
    words: readonly WordDetector[],
    bytes: readonly ByteDetector[],
  ): void {
    const long = words.find((detector) => detector.bytes[1] > wordBytesMax)
    if (long !== undefined) throw new Error(`${long.name}: no word is that long`)
    for (let length = 1; length <= wordBytesMax; length++) {
      const ofLength = words.filter(({ bytes: [min, max] }) => min <= length && length <= max)
      const withLetters = ofLength.filter(({ digits }) => digits === 'some')
      this.rows[length] = rows.idOf(ofLength)
      this.rows[wordBytesMax + 1 + length] = rows.idOf(withLetters)
    }
    for (const { byte } of bytes)
      this.byteRows[byte] = rows.idOf(bytes.filter((detector) => detector.byte === byte))
  }

  #fillSlots(detectors: readonly LiteralDetector[]): Literal[][] {
    const bySlot: Literal[][] = Array.from({ length: this.slots.length }, () => [])
    const setOf = bytesOnce()
    for (const { name, literals, exact, around, confirm } of detectors) {
      for (const literal of literals) {
        const text = new TextEncoder().encode(exact ? literal : lowerCase(literal))
        if (text.length < literalBytesMin) throw new Error(`${name}: literal is too short`)
        const { after, notAfter, followedBy, tokenBefore = -1 } = around?.(literal) ?? {}
        const before = notAfter === undefined ? setOf(after, exact) : allBut(setOf(notAfter, exact))
        const behind = setOf(followedBy, exact)
        const last = text[text.length - 1]! | caseBit
        const bytes = text.length
        const item = { text, bytes, last, exact, before, behind, tokenBefore, confirm }
        for (const slot of slotsOf(text, exact)) {
          this.slots[slot]! |= text.length > literalBytesMin ? 1 << (text[3]! & 7) : 255
          if (!bySlot[slot]!.includes(item)) bySlot[slot]!.push(item)
        }
      }
    }
    return bySlot
  }
}

/** Makes tables of sets of characters, one for each set; of none, one of all bytes and of {@link noByte}. */
function bytesOnce(): (set: string | undefined, exact: boolean) => Uint8Array {
  const known = new Map<string | undefined, Uint8Array>()
  return (set, exact) => {
    const both = set === undefined || exact ? set : set.toLowerCase() + set.toUpperCase()
    const table = known.get(both) ?? new Uint8Array(noByte + 1).fill(Number(both === undefined))
    known.set(both, table)
    for (const character of both ?? '') table[character.charCodeAt(0)] = 1
    return table
  }
}

/** Of ASCII letters; those of other scripts are found as they are written. */
function lowerCase(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

function allBut(set: Uint8Array): Uint8Array {
  return set.map((has) => 1 - has)
}

const digitsNextMax = 15
const openParenthesis = 0x28
const { space, dash } = asciiOf
/** Of {@link surroundingsOf}, from the lowest bits up: digits, within a number, then, repeats, in a row of numbers. */
const [withinShift, thenShift, repeatsShift, rowShift, surroundingsBits] = [4, 5, 7, 9, 10]
const thens: readonly ThenStands[] = ['other', 'same', 'joined']
const repeatsOf: readonly (RepeatsAfter | undefined)[] = [undefined, 3, 4, 5]

/**
 * What stands behind a word or byte, as an index: how many digits behind `mark`, the byte that follows the word or the byte itself;
 * what stands behind them; and where that byte stands again.
 */
function surroundingsOf(bytes: Uint8Array, end: number, mark: number): number {
  let at = mark + 1
  if (at >= end) return 0
  const byte = bytes[mark]!
  let repeats = 0
  if (mark + 5 < end) {
    if (bytes[mark + 3] === byte) repeats = 1 << repeatsShift
    else if (bytes[mark + 4] === byte) repeats = 2 << repeatsShift
    else if (bytes[mark + 5] === byte) repeats = 3 << repeatsShift
  } else if (mark + 3 < end && bytes[mark + 3] === byte) repeats = 1 << repeatsShift
  else if (mark + 4 < end && bytes[mark + 4] === byte) repeats = 2 << repeatsShift
  if (bytes[at] === openParenthesis) return digitsNextMax | repeats
  const last = Math.min(end, at + digitsNextMax)
  while (at < last && (bytes[at]! - 0x30) >>> 0 < 10) at++
  let then = 0
  if (at < end) {
    const behind = bytes[at]!
    if (behind === byte) then = 1 << thenShift
    else if (behind === space || behind === dash || behind >= 0x80) then = 2 << thenShift
  }
  return (at - mark - 1) | then | repeats
}

/** Who of a list is called, by what stands around. Filled when it is first asked: of all that could stand there, little does. */
export class Narrowed {
  readonly #list: readonly (WordDetector | ByteDetector)[]
  readonly #called: (readonly Confirm[] | undefined)[] = Array.from({
    length: 1 << surroundingsBits,
  })

  constructor(list: readonly (WordDetector | ByteDetector)[]) {
    this.#list = list
  }

  /** Of a candidate that begins at `from`; `mark` is the byte behind a word, or the byte itself. */
  by(
    bytes: Uint8Array,
    start: number,
    end: number,
    from: number,
    mark: number,
  ): readonly Confirm[] {
    const surroundings = surroundingsOf(bytes, end, mark)
    const called = this.#of(surroundings)
    // Mostly nobody: then where the number begins isn't looked at.
    if (called.length === 0) return called
    const within = numberMayBegin(bytes, start, from) ? 0 : 1 << withinShift
    const before = isBehindNumber(bytes, start, from) ? within | (1 << rowShift) : within
    return before === 0 ? called : this.#of(surroundings | before)
  }

  #of(surroundings: number): readonly Confirm[] {
    return (this.#called[surroundings] ??= this.#list
      .filter((detector) => isWorthALook(detector, surroundings))
      .map(({ confirm }) => confirm))
  }
}

function isHinted(detector: WordDetector | ByteDetector): boolean {
  if (detector.repeats !== undefined) return true
  if (detector.on === 'byte') return false
  const { isFree, beginsRow, digitsNext, next } = detector
  return isFree === true || beginsRow === true || digitsNext !== undefined || next !== undefined
}

function isWorthALook(detector: WordDetector | ByteDetector, surroundings: number): boolean {
  const repeats = repeatsOf[(surroundings >> repeatsShift) & 3]
  if (detector.repeats !== undefined && detector.repeats !== repeats) return false
  if (detector.on === 'byte') return true
  const { isFree, beginsRow, digitsNext: [min, max] = [0, digitsNextMax], next } = detector
  const digits = surroundings & digitsNextMax
  if (digits < min || digits > max) return false
  if (isFree === true && ((surroundings >> withinShift) & 1) === 1) return false
  if (beginsRow === true && ((surroundings >> rowShift) & 1) === 1) return false
  return next === undefined || next(digits, thens[(surroundings >> thenShift) & 3]!)
}

function byFourth(literals: readonly (readonly Literal[])[]): (readonly Literal[] | undefined)[] {
  const none = Array.from({ length: 8 }, () => undefined)
  // Most slots are empty, and who runs `gatetrail detect` waits for this.
  return literals.flatMap((ofSlot) =>
    ofSlot.length === 0
      ? none
      : Array.from({ length: 8 }, (_, bits) => {
          const left = ofSlot.filter(
            ({ text }) => text.length === literalBytesMin || (text[literalBytesMin]! & 7) === bits,
          )
          return left.length === 0 ? undefined : left
        }),
  )
}

/** Of a literal's first three bytes: one, or those of all ways to write their letters. */
function slotsOf(text: Uint8Array, exact: boolean): Set<number> {
  const slots = new Set<number>()
  for (let variant = 0; variant < (exact ? 1 : variantsOfCase); variant++) {
    let gram = 0
    for (let index = 0; index < literalBytesMin; index++) {
      const byte = text[index]!
      const isUpper = ((variant >> index) & 1) === 1 && byte >= 0x61 && byte <= 0x7a
      gram |= (isUpper ? byte - 0x20 : byte) << (8 * index)
    }
    slots.add(slotOf(gram))
  }
  return slots
}

/** Lists by what is in them. The empty one has id 0. */
class ListsById<T extends object> {
  readonly all: T[][] = [[]]
  readonly #ids = new Map<string, number>([['', 0]])
  readonly #numbers = new Map<T, number>()

  idOf(list: T[]): number {
    const key = list.map((item) => this.#numberOf(item)).join()
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const id = this.all.push(list) - 1
    this.#ids.set(key, id)
    return id
  }

  #numberOf(item: T): number {
    const number = this.#numbers.get(item) ?? this.#numbers.size
    this.#numbers.set(item, number)
    return number
  }
}
