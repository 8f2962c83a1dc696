/** @gatetrail/detect: finds personal data and secrets in bytes and masks them. No I/O; Node and browser. */
export { classifyColumn } from './columns/classify-column.ts'
export { describeEvidence, type Column, type ColumnClass, type Evidence } from './columns/column.ts'
export { ColumnVote, sampleValuesMax } from './columns/column-vote.ts'
export { createRuleset, type RulesetSettings } from './custom/create-ruleset.ts'
export { CustomRuleError, type CustomRule } from './custom/custom-rule.ts'
export { builtInRules, findSpans, noSpans, Ruleset, type FindOptions } from './find-spans.ts'
export { fingerprintBytes, Fingerprinter } from './fingerprint.ts'
export { dayOfDate, writeDate, type Day } from './mask/days.ts'
export { maskSpan, maskWhole } from './mask/mask-span.ts'
export { maskText, type MaskedText } from './mask/mask-text.ts'
export {
  Masking,
  nullMask,
  sameLength,
  type EntityMask,
  type MaskingSettings,
  type ValueForm,
} from './mask/masking.ts'
export { entities, groupOf, rulesetVersion, type Entity, type Span } from './ruleset.ts'
export { FindingStream, type StreamOptions, type StreamOutput } from './stream/finding-stream.ts'
export { aheadBytesMax, ValuesAhead } from './values-ahead.ts'
export { wordsOfName } from './words.ts'
