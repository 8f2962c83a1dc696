/**
 * Numbers that a state gives to people, by rule: how they are written, what checks them, which words name them. From the tables
 * of this folder, to detectors: one for each form, which reads a candidate once and asks all rules that have this form.
 */
import type { TouchLevel } from '@gatetrail/schemas'
import {
  asciiOf,
  byteClass,
  byteClasses,
  numberMayBegin,
  numberMayEnd,
} from '../../byte-classes.ts'
import type { Detector } from '../../detector.ts'
import { isNamedNear, standsBehind } from '../../near.ts'
import type { BuiltInEntity } from '../../ruleset.ts'
import type { Scan } from '../../scan.ts'
import type { WordSet } from '../../words.ts'

/** `undefined`: no finding. */
type Level = TouchLevel | undefined

export type IdRule = {
  /** `es_nif`: of the finding's `detector`. */
  readonly name: string
  /** Default: NATIONAL_ID. */
  readonly entity?: BuiltInEntity
  /** How it is written: `0` for a digit, `A` for a letter, `*` for either; all else stands for itself. */
  readonly forms: readonly string[]
  /** Of the characters that are no separators: digits as 0 to 9, letters as 10 to 35. */
  readonly isValid: (text: Uint8Array) => boolean
  /** Words that name it. */
  readonly words: WordSet
  /** How sure it is beside such a word; default `certain`, `likely` if nothing is checked but the form. */
  readonly named?: TouchLevel
  /** How sure it is with nothing beside it: in a form without separators, and in one with them. */
  readonly plain?: Level
  readonly printed?: Level
}

const classes = byteClasses
const { space, zero } = asciiOf
const { digit, letter } = byteClass
const decimals = '0123456789'
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const textBytesMax = 24
const letterA = 0x41

type Form = {
  readonly text: string
  /** Where the first group with a digit begins and ends: the candidate. */
  readonly wordAt: number
  readonly wordEnd: number
  /** By position: classes of bytes, or 0 for a separator. */
  readonly kinds: Uint8Array
  readonly hasSpaces: boolean
  readonly isPrinted: boolean
  /** What `isValid` is given: reused. */
  readonly read: Uint8Array
}

/** One detector for each form that the rules have. */
export function idDetectors(rules: readonly IdRule[]): Detector[] {
  const byForm = new Map<string, IdRule[]>()
  for (const rule of rules)
    for (const form of rule.forms) byForm.set(form, [...(byForm.get(form) ?? []), rule])
  return [...byForm].map(([text, ofForm]) => detectorOf(formOf(text), ofForm))
}

function formOf(text: string): Form {
  const word = /[0A*]*[0*][0A*]*/.exec(text)
  const wordAt = word?.index ?? 0
  const kindOf = { '0': digit, A: letter, '*': digit | letter }
  const kinds = Uint8Array.from(text, (mark) =>
    mark === '0' || mark === 'A' || mark === '*' ? kindOf[mark] : 0,
  )
  const characters = kinds.filter((kind) => kind !== 0).length
  if (text.length > textBytesMax) throw new Error(`the form ${text} is too long`)
  return {
    text,
    wordAt,
    wordEnd: wordAt + (word?.[0].length ?? 0),
    kinds,
    hasSpaces: text.includes(' '),
    isPrinted: characters < text.length,
    read: new Uint8Array(characters),
  }
}

function detectorOf(form: Form, rules: readonly IdRule[]): Detector {
  const { text, wordAt, wordEnd } = form
  const length = wordEnd - wordAt
  const separator = text[wordEnd]
  const first = text[wordAt]
  return {
    name: rules.length === 1 ? rules[0]!.name : 'national_id',
    on: 'word',
    bytes: [length, length],
    digits: /[A*]/.test(text.slice(wordAt, wordEnd)) ? 'some' : 'only',
    ...(first !== '*' && { startsWith: first === '0' ? decimals : letters }),
    ...(separator !== undefined && { followedBy: separator }),
    confirm: (scan, at) => {
      const from = at - wordAt
      if (!reads(form, scan, from)) return
      for (const rule of rules) {
        if (!rule.isValid(form.read)) continue
        const level = levelOf(rule, form, scan, from)
        if (level === undefined) continue
        scan.add(from, from + text.length, rule.entity ?? 'NATIONAL_ID', level, rule.name)
      }
    },
  }
}

/** Whether the form stands at `from`, by itself; puts its characters into `form.read`. Letters are all capitals, or none is. */
function reads(
  { text, kinds, read, hasSpaces }: Form,
  { bytes, start, end }: Scan,
  from: number,
): boolean {
  const to = from + text.length
  if (from < start || to > end) return false
  let count = 0
  let letterCase = -1
  for (let index = 0; index < text.length; index++) {
    const byte = bytes[from + index]!
    const kind = kinds[index]!
    if (kind === 0) {
      if (byte !== text.charCodeAt(index)) return false
      continue
    }
    const classOf = classes[byte]! & kind
    if (classOf === 0) return false
    if ((classOf & digit) !== 0) {
      read[count++] = byte - zero
      continue
    }
    if (letterCase === -1) letterCase = byte & 0x20
    else if (letterCase !== (byte & 0x20)) return false
    read[count++] = (byte & 0x5f) - letterA + 10
  }
  if (!numberMayBegin(bytes, start, from) || !numberMayEnd(bytes, to, end)) return false
  return !hasSpaces || !isInRow(bytes, start, from, to, end)
}

/** With spaces as separators, a neighbouring number makes it a row of numbers. */
function isInRow(bytes: Uint8Array, start: number, from: number, to: number, end: number): boolean {
  const before = from - 2 >= start && bytes[from - 1] === space && isDigit(bytes[from - 2]!)
  return before || (to + 1 < end && bytes[to] === space && isDigit(bytes[to + 1]!))
}

function levelOf(rule: IdRule, form: Form, scan: Scan, from: number): Level {
  const to = from + form.text.length
  const inForm = form.isPrinted ? rule.printed : rule.plain
  const alone = inForm !== undefined && isHexadecimal(form, scan, from) ? 'possible' : inForm
  const named = rule.named ?? 'certain'
  if (alone === named || alone === 'certain') return alone
  const isNamed = isNamedNear(scan, from, rule.words) || standsBehind(scan, to, rule.words)
  return isNamed ? named : alone
}

/** Whether the letters could be those of a hexadecimal number: small ones of `a` to `f`, or four or more of `A` to `F`. */
function isHexadecimal({ kinds, read, isPrinted }: Form, { bytes }: Scan, from: number): boolean {
  if (isPrinted) return false
  let letters = 0
  for (let index = 0; index < read.length; index++) {
    if (read[index]! > 15) return false
    if (read[index]! > 9) letters++
  }
  if (letters === 0 || letters > 3) return letters > 3
  for (let index = 0; index < kinds.length; index++) if (bytes[from + index]! >= 0x61) return true
  return false
}

function isDigit(byte: number): boolean {
  return (classes[byte]! & digit) !== 0
}
