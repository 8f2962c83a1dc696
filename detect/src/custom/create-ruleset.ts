/** From the configuration to what is looked for: the built-in detectors without what is off, and a user's own. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { builtInDetectors } from '../built-in-detectors.ts'
import type { Detector } from '../detector.ts'
import { builtInRules, Ruleset } from '../find-spans.ts'
import { rulesetVersion } from '../ruleset.ts'
import { CustomRuleError, type CustomRule } from './custom-rule.ts'
import { linePatternOf, patternOf, type FreePattern } from './pattern.ts'
import { listedBytesMax, wordListDetector } from './word-list.ts'

export type RulesetSettings = {
  /** Entities that are not looked for. */
  readonly off: readonly string[]
  readonly custom: readonly CustomRule[]
}

const listedMax = 100_000
const contextWord = /^[A-Za-z]{1,24}$/

/**
 * Make it once and keep it: it fills tables. Its `version` changes with everything that is configured.
 * @throws CustomRuleError which rule can't be used, and why
 */
export function createRuleset({ off, custom }: RulesetSettings): Ruleset {
  if (off.length === 0 && custom.length === 0) return builtInRules
  const detectors: Detector[] = []
  const free: FreePattern[] = []
  custom.forEach((rule, index) => {
    checkContext(rule, index)
    const name = `custom_${rule.entity.toLowerCase()}`
    if (rule.words !== undefined) {
      checkWords(rule.words, index)
      if (rule.words.length > 0) detectors.push(wordListDetector(rule, name, rule.words))
    } else if (rule.pattern !== undefined) {
      const made = patternOf(rule, name, rule.pattern, index)
      if ('detector' in made) detectors.push(made.detector)
      else free.push(made.free)
    } else throw new CustomRuleError(index, 'pattern', 'neither a pattern nor words: one of them')
  })
  return new Ruleset([...builtInDetectors, ...detectors], {
    off,
    linePatterns: free.length === 0 ? [] : [linePatternOf(free)],
    version: versionOf({ off, custom }),
  })
}

function checkContext({ context }: CustomRule, index: number): void {
  const bad = context.find((word) => !contextWord.test(word))
  if (bad === undefined) return
  throw new CustomRuleError(index, 'context', 'words of 1 to 24 ASCII letters, one each')
}

function checkWords(words: readonly string[], index: number): void {
  if (words.length > listedMax) {
    throw new CustomRuleError(index, 'words', `more than ${listedMax} texts`)
  }
  for (const word of words) {
    const { length } = utf8ToBytes(word)
    if (length >= 3 && length <= listedBytesMax && !/[\r\n]/.test(word)) continue
    const what = `a text of 3 to ${listedBytesMax} bytes on one line`
    throw new CustomRuleError(index, 'words', `each must be ${what}`)
  }
}

function versionOf({ off, custom }: RulesetSettings): string {
  const said = JSON.stringify([
    off.toSorted(),
    custom.map(({ entity, pattern, words, context, level }) => [
      entity,
      pattern ?? null,
      words ?? null,
      context,
      level,
    ]),
  ])
  return `${rulesetVersion}+${bytesToHex(sha256(utf8ToBytes(said))).slice(0, 8)}`
}
