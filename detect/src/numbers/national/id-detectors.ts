/**
 * From the tables of this folder to detectors: one for all rules whose forms begin with the same kind of word and separator.
 * Numbers in a row are everywhere, and few beside a word that names them: so that word is looked for before anything is computed.
 */
import type { TouchLevel } from '@gatetrail/schemas'
import { byteClass, byteClasses, numberMayBegin, numberMayEnd } from '../../byte-classes.ts'
import type { Detector, RepeatsAfter, ThenStands } from '../../detector.ts'
import { isNamedNear, NearWords, standsBehind } from '../../near.ts'
import type { Scan } from '../../scan.ts'
import { idForm, mayBeHexadecimal, standsAt, type IdForm } from './id-form.ts'
import type { IdRule } from './id-rule.ts'

const classes = byteClasses
const decimals = '0123456789'
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const secondBytesMax = 15
const repeatables: readonly RepeatsAfter[] = [3, 4, 5]
const brackets = new Set(['(', '['])

/** A form and the rules that have it. */
type RulesOfForm = {
  readonly form: IdForm
  readonly rules: readonly IdRule[]
  /** Those that need no word beside them. */
  readonly sureAlone: readonly IdRule[]
  readonly words: NearWords
}

/** One detector for each kind of word and separator with which forms of the rules begin. */
export function idDetectors(rules: readonly IdRule[]): Detector[] {
  const rulesByForm = new Map<string, IdRule[]>()
  for (const rule of rules)
    for (const form of rule.forms) rulesByForm.set(form, [...(rulesByForm.get(form) ?? []), rule])
  const byBegin = new Map<string, RulesOfForm[]>()
  for (const [text, ofForm] of rulesByForm) {
    const form = idForm(text)
    const begin = text.slice(form.wordAt, form.wordEnd + 1)
    byBegin.set(begin, [...(byBegin.get(begin) ?? []), rulesOfForm(form, ofForm)])
  }
  return [...byBegin.values()].map(detectorOf)
}

function rulesOfForm(form: IdForm, rules: readonly IdRule[]): RulesOfForm {
  return {
    form,
    rules,
    sureAlone: rules.filter((rule) => isSure(aloneLevel(rule, form))),
    words: new NearWords(rules.flatMap(({ words }) => [...words])),
  }
}

function isSure(level: TouchLevel | undefined): boolean {
  return level !== undefined && level !== 'possible'
}

function aloneLevel({ plain, printed }: IdRule, form: IdForm): TouchLevel | undefined {
  return form.isPrinted ? printed : plain
}

function detectorOf(begins: readonly RulesOfForm[]): Detector {
  const { form, rules } = begins[0]!
  const word = form.text.slice(form.wordAt, form.wordEnd)
  const separator = form.text[form.wordEnd]
  // A look there spares all others for most words of letters.
  const digitAt = form.kinds.subarray(form.wordAt, form.wordEnd).indexOf(byteClass.digit)
  const bySecond = Array.from({ length: secondBytesMax + 1 }, (_, length) =>
    begins.filter(({ form: { secondBytes } }) => secondBytes === length),
  )
  return {
    name: begins.length === 1 && rules.length === 1 ? rules[0]!.name : 'national_id',
    on: 'word',
    bytes: [word.length, word.length],
    digits: /[A*]/.test(word) ? 'some' : 'only',
    ...(word[0] !== '*' && { startsWith: word[0] === '0' ? decimals : letters }),
    ...(separator !== undefined && { followedBy: separator }),
    ...(separator !== undefined &&
      !brackets.has(separator) && {
        digitsNext: digitsOfSecond(begins),
        next: (digits: number, then: ThenStands) =>
          begins.some(({ form: one }) => mayBeNext(one, digits, then)),
        ...repeatsIn(begins),
      }),
    ...(begins.every((one) => one.form.wordAt === 0) && { isFree: true }),
    ...(begins.every((one) => one.form.wordAt === 0 && one.form.hasSpaces) && { beginsRow: true }),
    confirm: (scan, at, end) => {
      if (digitAt > 0 && (classes[scan.bytes[at + digitAt]!]! & byteClass.digit) === 0) return
      const second = separator === undefined ? 0 : wordBytes(scan, end + 1)
      const candidates = bySecond[second]
      if (candidates === undefined) return
      for (let index = 0; index < candidates.length; index++)
        confirmForm(candidates[index]!, scan, at)
    },
  }
}

/** The fewest and the most digits with which the groups behind the separator begin. */
function digitsOfSecond(begins: readonly RulesOfForm[]): readonly [min: number, max: number] {
  const groups = begins.map(
    ({ form }) => /^[0A*]*/.exec(form.text.slice(form.wordEnd + 1))?.[0] ?? '',
  )
  const fewest = groups.map((group) => /^0*/.exec(group)?.[0].length ?? 0)
  return [Math.min(...fewest), Math.max(...groups.map(({ length }) => length))]
}

/** Whether so many digits may stand behind the first separator of a form, and this behind them. */
function mayBeNext({ text, wordEnd, secondBytes }: IdForm, digits: number, then: ThenStands) {
  const second = wordEnd + 1 + secondBytes
  const group = text.slice(wordEnd + 1, second)
  if (secondBytes === 0 || secondBytes === secondBytesMax || !/^0+$/.test(group)) return true
  const behind = text[second]
  return digits === secondBytes && (behind === undefined || then === thenOf(text[wordEnd], behind))
}

function thenOf(separator: string | undefined, behind: string): ThenStands {
  if (behind === separator) return 'same'
  return behind === ' ' || behind === '-' ? 'joined' : 'other'
}

/** How far behind the first separator the second stands, if it is the same and there in all forms. */
function repeatsIn(begins: readonly RulesOfForm[]): { repeats?: RepeatsAfter } {
  const repeats = repeatables.find((bytes) =>
    begins.every(
      ({ form: { text, wordEnd, secondBytes } }) =>
        secondBytes + 1 === bytes && text[wordEnd + bytes] === text[wordEnd],
    ),
  )
  return repeats === undefined ? {} : { repeats }
}

/** How long the word at `at` is; no further than forms have it. */
function wordBytes({ bytes, end }: Scan, at: number): number {
  const ceiling = Math.min(end, at + secondBytesMax + 1)
  let to = at
  while (to < ceiling && (classes[bytes[to]!]! & (byteClass.digit | byteClass.letter)) !== 0) to++
  return Math.max(0, to - at)
}

function confirmForm({ form, rules, sureAlone, words }: RulesOfForm, scan: Scan, at: number): void {
  const from = at - form.wordAt
  const to = from + form.kinds.length
  // Of digits in a row most are looked at in vain: no word names them.
  const isInRow = !form.isPrinted && form.letterAt === -1
  if (!isInRow && !standsAt(form, scan, from)) return
  if (!numberMayBegin(scan.bytes, scan.start, from) || !numberMayEnd(scan.bytes, to, scan.end))
    return
  const isNamed = isNamedHere(scan, from, to, words)
  const asked = isNamed || scan.wantsPossible ? rules : sureAlone
  if (asked.length === 0 || (isInRow && !standsAt(form, scan, from))) return
  for (let index = 0; index < asked.length; index++) {
    const rule = asked[index]!
    if (!rule.isValid(form.read)) continue
    const level = levelOf(rule, form, scan, from, isNamed)
    if (level !== undefined) scan.add(from, to, rule.entity ?? 'NATIONAL_ID', level, rule.name)
  }
}

function levelOf(
  rule: IdRule,
  form: IdForm,
  scan: Scan,
  from: number,
  isNamed: boolean,
): TouchLevel | undefined {
  const level = aloneLevel(rule, form)
  const alone = level !== undefined && mayBeHexadecimal(form, scan, from) ? 'possible' : level
  if (alone === 'certain' || !isNamed) return alone
  const isOwnName = isNamedHere(scan, from, from + form.kinds.length, rule.words)
  return isOwnName ? (rule.named ?? 'certain') : alone
}

function isNamedHere(scan: Scan, from: number, to: number, words: NearWords): boolean {
  return isNamedNear(scan, from, words) || standsBehind(scan, to, words)
}
