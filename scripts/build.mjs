/**
 * Builds everything: TypeScript by project references, then the web app. `--product` leaves out end-to-end tests and
 * benchmarks, `--no-web` the web app.
 */
import { existsSync } from 'node:fs'
import { run } from './process.mjs'
import { noteBuild } from './set-up.mjs'

const startedAt = new Date()
const web = !process.argv.includes('--no-web')
const product = process.argv.includes('--product')
// The references of the command are the whole product but the web app, which Vite builds from its sources.
await run('node', ['node_modules/typescript/bin/tsc', '-b', ...(product ? ['cli'] : [])])
if (web && existsSync('replay-ui/web/index.html')) {
  await run('node', ['../../node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'], {
    cwd: 'replay-ui/web',
  })
}
if (web) await noteBuild('product', startedAt)
if (web && !product) await noteBuild('all', startedAt)
