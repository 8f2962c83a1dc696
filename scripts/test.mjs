/**
 * `npm test`: sets itself up and runs every test. `--unit` or `--e2e` runs one kind only; what stands after it goes to vitest.
 * With GATETRAIL_REQUIRE_ALL=1 (CI) a missing tool is a failure, and the checks of `npm run check` run and count too.
 * Its last line is `N passed, N failed`.
 */
import { existsSync } from 'node:fs'
import { runChecks } from './check-steps.mjs'
import { ensureKafka } from './kafka-jars.mjs'
import { checkNode, ensureBuild, ensurePackages } from './set-up.mjs'
import { ensureTools } from './tools.mjs'
import { runVitest } from './vitest.mjs'

const requireAll = process.env.GATETRAIL_REQUIRE_ALL === '1'
const args = process.argv.slice(2)
const only = ['--unit', '--e2e'].find((option) => args.includes(option))
// CI's machines are shared and stall for seconds. A second try is shown in the report, and a bug fails both.
const rest = [...args.filter((argument) => argument !== only), ...(requireAll ? ['--retry=1'] : [])]
const total = { passed: 0, failed: 0, skipped: 0 }
const add = (counts) => {
  for (const key of Object.keys(total)) total[key] += counts[key] ?? 0
}

checkNode()
await ensurePackages()
if (only !== '--unit') {
  const missing = await ensureTools()
  if (requireAll) add({ failed: missing.length })
  await ensureBuild('all')
} else {
  const missing = await ensureKafka()
  if (requireAll) add({ failed: missing.length })
}
if (requireAll && only === undefined) add(await runChecks())
if (only !== '--e2e') add(await runVitest('unit', rest))
if (only !== '--unit' && existsSync('e2e/vitest.config.ts')) {
  add(await runVitest('e2e', ['--config', 'e2e/vitest.config.ts', '--passWithNoTests', ...rest]))
}
if (total.skipped > 0) console.log(`${total.skipped} skipped`)
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 ? 0 : 1
