/** Every source file and document that a document or a comment names exists, by the end of its path; so does what is linked. */
import { readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { capture } from './process.mjs'

const fileName = /(?<![\w./*<>-])(?:[\w@-]+\/)*[\w.-]*\w\.(?:tsx?|mjs|md)(?![\w/(-])/g

const { code, output } = await capture('git', [
  'ls-files',
  '--cached',
  '--others',
  '--exclude-standard',
])
if (code !== 0) console.log(`git does not tell what is here: ${output.trim()}`)
const files = output
  .trim()
  .split('\n')
  .filter((file) => existsSync(file))
const endings = new Set(
  files.flatMap((file) => {
    const parts = file.split('/')
    return parts.map((_, index) => parts.slice(index).join('/'))
  }),
)
const missing = []
let named = 0
for (const file of files) {
  const text = textOf(file, await readFile(file, 'utf8'))
  for (const [name] of text.matchAll(fileName)) {
    named++
    if (!endings.has(name)) missing.push(`${file}: ${name}`)
  }
  if (!file.endsWith('.md')) continue
  for (const [, target] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
    named++
    if (!/^[a-z]+:/.test(target) && !existsSync(join(dirname(file), target)))
      missing.push(`${file}: ${target}`)
  }
}
for (const line of missing) console.log(`${line} does not exist`)
console.log(`${named} names of files looked up`)
// Where there is no git, as in an exported tree, nothing was looked up, and that is said.
process.exitCode = missing.length === 0 ? 0 : 1

/** What people read: documentation whole, without its examples; of code the comments. */
function textOf(file, text) {
  if (file.endsWith('.md')) return text.replaceAll(/```[\s\S]*?```/g, '')
  if (!/\.(?:tsx?|mjs)$/.test(file)) return ''
  return [...text.matchAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm)]
    .map(([comment]) => comment)
    .join('\n')
}
