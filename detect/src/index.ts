/** @gatetrail/detect: finds personal data in bytes and masks it in place. No I/O; Node and browser. */
export { findSpans, noSpans } from './find-spans.ts'
export { maskSpan, maskWhole } from './mask.ts'
export { maskText, type MaskedText } from './mask-text.ts'
export { entities, rulesetVersion, type Entity, type Span } from './ruleset.ts'
