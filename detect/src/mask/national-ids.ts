/**
 * Format-preserving masks of identity numbers and others that are checked like them: what the rules of the detectors call valid
 * stays so. From format-preserving.ts. Pure.
 */
import { allIdRules } from '../numbers/national/all-rules.ts'
import type { IdRule } from '../numbers/national/id-rule.ts'
import { permuteText, type FormatMask } from './format-mask.ts'
import { permuteSlots, sameKind, slotsOf, type Slot } from './slots.ts'
import { walkUntil } from './walk.ts'

type Form = { readonly text: string; readonly rule: IdRule }

const formsByLength = new Map<number, Form[]>()
for (const rule of allIdRules) {
  for (const text of rule.forms) {
    formsByLength.set(text.length, [...(formsByLength.get(text.length) ?? []), { text, rule }])
  }
}

/**
 * All but the last letter or digit is permuted, which is then one that makes it valid, mostly the only one. Where almost none is
 * valid (a date with a year of four digits, a list of places), there is no mask: the walk would hold up everything else.
 */
export const permuteNationalId: FormatMask = (permutation, bytes, start, end) => {
  const slots = slotsOf(bytes, start, end, sameKind)
  const rules = rulesOf(bytes, start, end)
  const last = slots.at(-1)
  if (rules.length === 0 || last === undefined) {
    return permuteText(permutation, bytes, start, end)
  }
  const valid = validOf(rules, textOf(bytes, slots))
  if (valid.length === 0) {
    return walkUntil(
      () => permuteText(permutation, bytes, start, end),
      () => validOf(rules, textOf(bytes, slots)).length === 0,
    )
  }
  if (isRare(valid, rules, slots)) return false
  const free = slots.slice(0, -1)
  const place = endings(valid, rules, textOf(bytes, slots), last.letters).indexOf(bytes[last.at]!)
  return walkUntil(
    () => permuteSlots(permutation, 'id', bytes, free),
    () => {
      const ending = endings(valid, rules, textOf(bytes, slots), last.letters)[place]
      if (ending !== undefined) bytes[last.at] = ending
      return ending !== undefined
    },
  )
}

/** The rules by which it is valid, in their order. A mask is valid by the same and no others: so no two values share one. */
function validOf(rules: readonly IdRule[], text: Uint8Array): IdRule[] {
  return rules.filter(({ isValid }) => isValid(text))
}

/** The last letters or digits with which it is valid by these rules and no others. */
function endings(
  valid: readonly IdRule[],
  rules: readonly IdRule[],
  text: Uint8Array,
  letters: string,
): number[] {
  const found: number[] = []
  for (let index = 0; index < letters.length; index++) {
    const byte = letters.charCodeAt(index)
    text[text.length - 1] = valueOf(byte)
    // One rule first: it mostly says no.
    if (!valid[0]!.isValid(text)) continue
    const others = validOf(rules, text)
    const isSame = others.length === valid.length && others.every((rule) => valid.includes(rule))
    if (isSame) found.push(byte)
  }
  return found
}

/** Of that many numbers of a form, this many can be made valid by their last letter or digit. */
const triesMax = 1_024
const hitsMin = 16
/** By form and rules: there are some hundred. */
const rareMax = 1_024
const rareForms = new Map<string, boolean>()

/** Whether hardly a number of this form is valid by these rules. Found out once, by the same numbers in every process. */
function isRare(
  valid: readonly IdRule[],
  rules: readonly IdRule[],
  slots: readonly Slot[],
): boolean {
  const kinds = slots.map(({ letters }) => letters[0]).join('')
  const names = rules.map((rule) => rule.name + (valid.includes(rule) ? '+' : '')).join(' ')
  const form = `${kinds} ${names}`
  let rare = rareForms.get(form)
  if (rare === undefined) {
    if (rareForms.size >= rareMax) rareForms.clear()
    rare = hitsOf(valid, rules, slots) < hitsMin
    rareForms.set(form, rare)
  }
  return rare
}

function hitsOf(
  valid: readonly IdRule[],
  rules: readonly IdRule[],
  slots: readonly Slot[],
): number {
  const text = new Uint8Array(slots.length)
  let state = 1
  let hits = 0
  for (let tries = 0; tries < triesMax; tries++) {
    for (const [index, { letters }] of slots.entries()) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      text[index] = valueOf(letters.charCodeAt((state >>> 8) % letters.length))
    }
    if (endings(valid, rules, text, slots.at(-1)!.letters).length > 0) hits++
  }
  return hits
}

/** Those that have this form. */
function rulesOf(bytes: Uint8Array, start: number, end: number): IdRule[] {
  const forms = formsByLength.get(end - start) ?? []
  return forms.filter(({ text }) => hasForm(text, bytes, start)).map(({ rule }) => rule)
}

function hasForm(text: string, bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < text.length; index++) {
    const byte = bytes[start + index]!
    const isDigit = byte >= 0x30 && byte <= 0x39
    const isLetter = !isDigit && sameKind(byte) !== undefined
    const mark = text[index]
    const fits =
      mark === '0'
        ? isDigit
        : mark === 'A'
          ? isLetter
          : mark === '*'
            ? isDigit || isLetter
            : text.charCodeAt(index) === byte
    if (!fits) return false
  }
  return true
}

/** As rules take it: digits as 0 to 9, letters as 10 to 35. */
function textOf(bytes: Uint8Array, slots: readonly Slot[]): Uint8Array {
  return Uint8Array.from(slots, ({ at }) => valueOf(bytes[at]!))
}

function valueOf(byte: number): number {
  return byte <= 0x39 ? byte - 0x30 : (byte & 0x5f) - 0x41 + 10
}
