/** A way to write a number (`000.000.000-00`), and whether it stands at a place. From the tables of this folder, to id-detectors.ts. */
import {
  asciiOf,
  byteClass,
  byteClasses,
  isBehindNumber,
  numberMayBegin,
  numberMayEnd,
} from '../../byte-classes.ts'
import type { Scan } from '../../scan.ts'

const classes = byteClasses
const { space, zero } = asciiOf
const { digit, letter } = byteClass
const formBytesMax = 24
const letterA = 0x41

export type IdForm = {
  readonly text: string
  /** Where the first group with a digit begins and ends: the candidate. */
  readonly wordAt: number
  readonly wordEnd: number
  /** How long the group behind the first separator is; 0 if there is none. */
  readonly secondBytes: number
  readonly isPrinted: boolean
  /** What stood at the place that was read last: digits as 0 to 9, letters as 10 to 35. */
  readonly read: Uint8Array
  /** By position: classes of bytes, or 0 for a separator; and the separators. */
  readonly kinds: Uint8Array
  readonly marks: Uint8Array
  readonly hasSpaces: boolean
  /** Where a letter must stand, -1 if none must: most words of that length have a digit there. */
  readonly letterAt: number
}

/** Of `0` for a digit, `A` for a letter, `*` for either; all else stands for itself. */
export function idForm(text: string): IdForm {
  if (text.length > formBytesMax) throw new Error(`the form ${text} is too long`)
  const word = /[0A*]*[0*][0A*]*/.exec(text)
  const wordAt = word?.index ?? 0
  const wordEnd = wordAt + (word?.[0].length ?? 0)
  const kindOf = { '0': digit, A: letter, '*': digit | letter }
  const kinds = Uint8Array.from(text, (mark) =>
    mark === '0' || mark === 'A' || mark === '*' ? kindOf[mark] : 0,
  )
  const characters = kinds.filter((kind) => kind !== 0).length
  return {
    text,
    wordAt,
    wordEnd,
    secondBytes: /^[0A*]*/.exec(text.slice(wordEnd + 1))?.[0].length ?? 0,
    isPrinted: characters < text.length,
    read: new Uint8Array(characters),
    kinds,
    marks: Uint8Array.from(text, (mark) => mark.charCodeAt(0)),
    hasSpaces: text.includes(' '),
    letterAt: text.lastIndexOf('A'),
  }
}

/** Whether the form stands at `from`, by itself; puts its characters into `form.read`. Letters are all capitals, or none is. */
export function standsAt(
  { kinds, marks, read, hasSpaces, letterAt }: IdForm,
  { bytes, start, end }: Scan,
  from: number,
): boolean {
  const to = from + kinds.length
  if (from < start || to > end) return false
  if (letterAt !== -1 && (classes[bytes[from + letterAt]!]! & letter) === 0) return false
  // With spaces as separators, a neighbouring number makes it a row of numbers.
  if (hasSpaces && (isBehindNumber(bytes, start, from) || isBeforeNumber(bytes, to, end)))
    return false
  let count = 0
  let letterCase = -1
  for (let index = 0; index < kinds.length; index++) {
    const byte = bytes[from + index]!
    const kind = kinds[index]!
    if (kind === 0) {
      if (byte !== marks[index]) return false
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
  return numberMayBegin(bytes, start, from) && numberMayEnd(bytes, to, end)
}

function isBeforeNumber(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 1 < end && bytes[at] === space && isDigit(bytes[at + 1]!)
}

/** Whether the letters that were read could be those of a hexadecimal number: small ones of `a` to `f`, or four or more of `A` to `F`. */
export function mayBeHexadecimal(
  { kinds, read, isPrinted }: IdForm,
  { bytes }: Scan,
  from: number,
): boolean {
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
