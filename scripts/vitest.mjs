/** Runs one vitest configuration and counts its tests from the JSON report. */
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCode, root } from './process.mjs'

/**
 * Returns passed, failed and skipped tests. A run that ends badly without a failed test (a file that does not load) counts
 * as one failure.
 */
export async function runVitest(name, args) {
  const report = join(root, 'test-results', `${name}.json`)
  await mkdir(join(root, 'test-results'), { recursive: true })
  await rm(report, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const code = await exitCode('node', [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...reporters,
    ...args,
  ])
  const text = await readFile(report, 'utf8').catch(() => '{}')
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0 } = JSON.parse(text)
  const failed = numFailedTests === 0 && code !== 0 ? 1 : numFailedTests
  return { passed: numPassedTests, failed, skipped: numPendingTests }
}
