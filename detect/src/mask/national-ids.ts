/**
 * Format-preserving masks of identity numbers and others that are checked like them: what the rules of the detectors call valid
 * stays so, by the same rules and no others. From format-preserving.ts. Pure.
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
 * All but the last letter or digit is permuted, which is then one that makes it valid, mostly the only one. A walk that is too
 * long ends without a mask: of numbers with a date of birth in them few are valid.
 */
export const permuteNationalId: FormatMask = (permutation, bytes, start, end) => {
  const slots = slotsOf(bytes, start, end, sameKind)
  const rules = rulesOf(bytes, start, end)
  const last = slots.at(-1)
  if (rules.length === 0 || last === undefined) {
    return permuteText(permutation, bytes, start, end)
  }
  const valid = validOf(rules, bytes, slots)
  if (valid === '') {
    return walkUntil(
      () => permuteText(permutation, bytes, start, end),
      () => validOf(rules, bytes, slots) === '',
    )
  }
  const free = slots.slice(0, -1)
  const place = endings(last, rules, bytes, slots, valid).indexOf(bytes[last.at]!)
  return walkUntil(
    () => permuteSlots(permutation, 'id', bytes, free),
    () => {
      const ending = endings(last, rules, bytes, slots, valid)[place]
      if (ending !== undefined) bytes[last.at] = ending
      return ending !== undefined
    },
  )
}

/** The letters or digits that make a number valid by these rules and no others. The one that is there stays there. */
function endings(
  { at, letters }: Slot,
  rules: readonly IdRule[],
  bytes: Uint8Array,
  slots: readonly Slot[],
  valid: string,
): number[] {
  const before = bytes[at]!
  const found: number[] = []
  for (let index = 0; index < letters.length; index++) {
    bytes[at] = letters.charCodeAt(index)
    if (validOf(rules, bytes, slots) === valid) found.push(bytes[at])
  }
  bytes[at] = before
  return found
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

/** The names of the rules by which it is valid. */
function validOf(rules: readonly IdRule[], bytes: Uint8Array, slots: readonly Slot[]): string {
  const text = Uint8Array.from(slots, ({ at }) => {
    const byte = bytes[at]!
    return byte <= 0x39 ? byte - 0x30 : (byte & 0x5f) - 0x41 + 10
  })
  let names = ''
  for (const { name, isValid } of rules) if (isValid(text)) names += `${name} `
  return names
}
