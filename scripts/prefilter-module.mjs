/**
 * Compiles detect/src/prefilter/prefilter.wat and puts it into a module, so that the package has no file to load: Node and
 * browsers alike have it at once. From generate.mjs; `--check` there says whether the module is what the source gives.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import makeWabt from 'wabt'
import { root } from './process.mjs'

const source = 'detect/src/prefilter/prefilter.wat'

export async function renderPrefilterModule() {
  const wabt = await makeWabt()
  const module = wabt.parseWat(source, readFileSync(join(root, source), 'utf8'), { simd: true })
  try {
    module.validate({ simd: true })
    const { buffer } = module.toBinary({ log: false, write_debug_names: false })
    return `/** Generated from prefilter.wat by scripts/prefilter-module.mjs (npm run generate). */
export const wasmModule =
  '${Buffer.from(buffer).toString('base64')}'
`
  } finally {
    module.destroy()
  }
}
