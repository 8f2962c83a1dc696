/**
 * `npm start`: installs and builds what is missing or stale, then runs `gatetrail up`, the demo, in this very process, so
 * that Ctrl-C and SIGTERM reach it directly. Options go to it: `npm start -- --no-story`, `npm start -- --help`.
 */
import { join } from 'node:path'
import { checkNode, ensureBuild, ensurePackages } from './set-up.mjs'
import { root } from './process.mjs'

checkNode()
process.chdir(root)
await ensurePackages()
await ensureBuild('product')

// npm that was killed cannot tell us: end as if it had.
if (process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
  }, 1000).unref()
}
process.argv = [process.argv[0], join(root, 'cli/bin/gatetrail.js'), 'up', ...process.argv.slice(2)]
await import('../cli/bin/gatetrail.js')
