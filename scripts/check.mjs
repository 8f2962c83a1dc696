/** `npm run check`: format, types, lint, dead code, generated files, unit tests. Under two minutes; before every commit. */
import { runChecks } from './check-steps.mjs'
import { checkNode, ensurePackages } from './set-up.mjs'
import { runVitest } from './vitest.mjs'

checkNode()
await ensurePackages()
const checks = await runChecks()
const tests = await runVitest('unit', [])
const failed = checks.failed + tests.failed
console.log(`${checks.passed + tests.passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
