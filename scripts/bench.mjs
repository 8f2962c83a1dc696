/** `npm run bench`: builds what is stale, then measures. Options go to bench/src/main.ts; see docs/benchmarks.md. */
import { run } from './process.mjs'

await run('node', ['node_modules/typescript/bin/tsc', '-b'])
await run('node', ['bench/dist/main.js', ...process.argv.slice(2)])
