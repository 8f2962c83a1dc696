/** Builds everything: TypeScript by project references, then the web app. `--no-web` leaves the web app out. */
import { existsSync } from 'node:fs'
import { run } from './process.mjs'
import { noteBuild } from './set-up.mjs'

const startedAt = new Date()
const web = !process.argv.includes('--no-web')
await run('node', ['node_modules/typescript/bin/tsc', '-b'])
if (web && existsSync('replay-ui/web/index.html')) {
  await run('node', ['../../node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'], {
    cwd: 'replay-ui/web',
  })
}
if (web) await noteBuild(startedAt)
