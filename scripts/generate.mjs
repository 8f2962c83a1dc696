/**
 * Generates the pages in docs/ that say what the code says, and the module that holds the compiled prefilter. Run after a build:
 * `node scripts/generate.mjs [--check]`. `--check` writes nothing and fails if a page is not what it would write.
 *
 * A generator is a module of a built workspace, or a script, that exports a function which returns the text of its page.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './process.mjs'

const pages = [
  {
    file: 'docs/events.md',
    module: 'schemas/dist/reference/event-reference.js',
    render: 'renderEventReference',
  },
  {
    file: 'docs/configuration.md',
    module: 'schemas/dist/reference/configuration-reference.js',
    render: 'renderConfigurationReference',
  },
  {
    file: 'docs/metrics.md',
    module: 'schemas/dist/reference/metric-reference.js',
    render: 'renderMetricReference',
  },
  {
    file: 'docs/openapi.json',
    module: 'replay-ui/server/dist/openapi.js',
    render: 'renderOpenApi',
  },
  {
    file: 'detect/src/prefilter/wasm-module.ts',
    module: 'scripts/prefilter-module.mjs',
    render: 'renderPrefilterModule',
  },
]

const check = process.argv.includes('--check')
const stale = []
for (const { file, module, render } of pages) {
  const built = join(root, module)
  if (!existsSync(built)) {
    console.error(`${module} is missing: build first (node scripts/build.mjs)`)
    process.exit(1)
  }
  const text = await (await import(pathToFileURL(built).href))[render]()
  const path = join(root, file)
  const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  if (before === text) continue
  stale.push(file)
  if (!check) writeFileSync(path, text)
}
if (check && stale.length > 0) {
  console.error(`not as generated: ${stale.join(', ')} (run: npm run generate)`)
  process.exit(1)
}
if (!check) console.log(stale.length === 0 ? 'nothing changed' : `wrote ${stale.join(', ')}`)
