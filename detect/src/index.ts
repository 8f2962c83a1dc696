/** @gatetrail/detect: finds personal data and secrets in bytes and masks them. No I/O; Node and browser. */
export { builtInRules, findSpans, noSpans, Ruleset, type FindOptions } from './find-spans.ts'
export { maskSpan, maskWhole } from './mask.ts'
export { maskText, type MaskedText } from './mask-text.ts'
export { entities, groupOf, rulesetVersion, type Entity, type Span } from './ruleset.ts'
export { wordsOfName } from './words.ts'
