/** What a detector is given: the bytes, how far it may look, what is known of their place, and where findings go. */
import type { TouchLevel } from '@gatetrail/schemas'
import { lookBehindBytesMax } from './detector.ts'
import type { Entity, Span } from './ruleset.ts'
import { contextBytesMax, isBehindWord, type ContextWords } from './context-words.ts'

const newline = 0x0a
let scans = 0

export class Scan {
  /** No other scan's: by it is known whether what was read last was of the same bytes. */
  number: number = ++scans
  bytes: Uint8Array
  /** The value: nothing before `start` or from `end` on is looked at. */
  start: number
  end: number
  /** Words that are known of the value: of the name of its column or key. */
  names: readonly string[]
  levelMin: TouchLevel
  /** Whether findings that are only possible are wanted: they cost a detector that looks for them. */
  wantsPossible: boolean
  /** Whoever was given what was found may keep it. */
  found: Span[] = []
  /** What near.ts looked at last: several detectors ask for the words before the same candidate. */
  nearAt = -1
  nearFrom = 0
  nearHasAny = false
  /** Where the words end before which address.ts looked for the number of a house in vain. */
  houselessAt = -1
  /** Where context-words.ts knows that no word of any list stands. */
  clearFrom = 0
  clearTo = -1

  constructor(
    bytes: Uint8Array,
    start: number,
    end: number,
    names: readonly string[] = [],
    levelMin: TouchLevel = 'possible',
  ) {
    this.bytes = bytes
    this.start = start
    this.end = end
    this.names = names
    this.levelMin = levelMin
    this.wantsPossible = levelMin === 'possible'
  }

  /** Of another value, as if it were new: of the short values of rows there are millions. What was found before is forgotten. */
  of(
    bytes: Uint8Array,
    start: number,
    end: number,
    names: readonly string[],
    levelMin: TouchLevel,
  ): this {
    this.number = ++scans
    this.bytes = bytes
    this.start = start
    this.end = end
    this.names = names
    this.levelMin = levelMin
    this.wantsPossible = levelMin === 'possible'
    if (this.found.length > 0) this.found = []
    this.nearAt = -1
    this.nearFrom = 0
    this.nearHasAny = false
    this.houselessAt = -1
    this.clearFrom = 0
    this.clearTo = -1
    return this
  }

  add(start: number, end: number, entity: Entity, level: TouchLevel, detector: string): void {
    if (level === 'possible' && !this.wantsPossible) return
    this.found.push({ start, end, entity, level, detector })
  }

  /** Where the look before `at` ends: the line's begin, at most `bytesMax` back. */
  lookBehind(at: number, bytesMax: number = contextBytesMax): number {
    const first = Math.max(this.start, at - Math.min(bytesMax, lookBehindBytesMax))
    for (let index = at; index > first; index--) {
      if (this.bytes[index - 1] === newline) return index
    }
    return first
  }

  /** Whether one of `words` stands before `at`, near and on its line, or in the name of the column. */
  isNamed(at: number, words: ContextWords): boolean {
    if (this.names.length > 0 && this.names.some((name) => words.has(name))) return true
    return isBehindWord(this, at, words)
  }
}
