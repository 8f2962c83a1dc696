/** For `npm run bench` alone: what of the inside is measured on its own. */
export { realEnvironment } from './adapters/postgres/facts/testing/real-environment.ts'
export { createFactsCache, loadParser, type FactsCache } from './adapters/postgres/facts/index.ts'
export { rowMasking, type MaskedColumn } from './adapters/postgres/masking/testing/row-masking.ts'
export { createDecisions, type Decisions } from './policy/decisions.ts'
export { loadPolicySet } from './policy/index.ts'
