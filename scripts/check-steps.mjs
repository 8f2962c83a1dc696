/** The checks that need no test runner. Used by check.mjs and, in CI, by test.mjs. Each is a command that must end with 0. */
import { existsSync } from 'node:fs'
import { capture, seconds } from './process.mjs'

const tool = (path, ...args) => ['node', [`node_modules/${path}`, ...args]]

export const checkSteps = [
  { name: 'format', command: tool('prettier/bin/prettier.cjs', '--check', '.') },
  { name: 'types', command: tool('typescript/bin/tsc', '-b') },
  { name: 'lint', command: tool('oxlint/bin/oxlint', '--type-aware') },
  { name: 'dead code', command: tool('knip/bin/knip.js', '--no-progress') },
  { name: 'names of files', command: ['node', ['scripts/check-file-names.mjs']] },
  { name: 'alarm rules', command: ['node', ['scripts/check-alerts.mjs']] },
  { name: 'compose file', command: ['node', ['scripts/check-compose.mjs']] },
  // After the types: it runs what they built.
  { name: 'generated files', command: ['node', ['scripts/generate.mjs', '--check']] },
  { name: 'phone tables', command: ['node', ['scripts/generate-phone-tables.mjs', '--check']] },
]

/** Runs them one after the other; shows the output of what failed. Returns how many passed and failed. */
export async function runChecks() {
  const counts = { passed: 0, failed: 0 }
  for (const { name, command } of checkSteps) {
    const [program, args] = command
    if (args[0].startsWith('scripts/') && !existsSync(args[0])) continue
    const startedAtMs = performance.now()
    const { code, output } = await capture(program, args)
    if (code === 0) counts.passed++
    else {
      counts.failed++
      console.log(output.trimEnd())
    }
    console.log(`${code === 0 ? '✓' : '✗'} ${name} (${seconds(startedAtMs)})`)
  }
  return counts
}
