/**
 * `npm run test:nightly`: the tests that take long or need programs from source, files `*.nightly.ts` of e2e. What stands behind
 * `--` goes to vitest. With GATETRAIL_REQUIRE_ALL=1 a program that cannot be had is a failure. Its last line is `N passed, N failed`.
 */
import { ensureKafka } from './kafka-jars.mjs'
import { ensurePostgres } from './postgres-source.mjs'
import { checkNode, ensureBuild, ensurePackages } from './set-up.mjs'
import { ensureTools } from './tools.mjs'
import { runVitest } from './vitest.mjs'

const requireAll = process.env.GATETRAIL_REQUIRE_ALL === '1'

checkNode()
await ensurePackages()
const missing = (await ensureTools()).length + (await ensureKafka()).length
let failed = requireAll ? missing : 0
await ensureBuild('all')
try {
  await ensurePostgres('client', 'server')
} catch (error) {
  console.log(
    `! skips the tests with PostgreSQL's newest client and regression suite: ${error.message}`,
  )
  if (requireAll) failed++
}
const counts = await runVitest('nightly', [
  '--config',
  'e2e/vitest.nightly.config.ts',
  '--passWithNoTests',
  ...process.argv.slice(2),
])
failed += counts.failed
if (counts.skipped > 0) console.log(`${counts.skipped} skipped`)
console.log(`${counts.passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
