/** What every script needs first: a Node that is new enough, the packages, the build. Does only what is missing or stale. */
import { readdirSync, statSync } from 'node:fs'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCode, npmCommand, root, run, seconds } from './process.mjs'

const nodeMin = [20, 19]
/** What a build reads. */
const productSources = [
  ...['schemas', 'protocols', 'detect', 'eventlog', 'proxy', 'ingest', 'replay-ui', 'cli'],
  ...['deploy/demo', 'tsconfig.json', 'tsconfig.base.json', 'package-lock.json'],
]
const sources = { product: productSources, all: [...productSources, 'e2e', 'bench'] }
const stampFile = (target) => join(root, '.cache', `built-${target}`)

/** Ends the process with a clear sentence if Node is too old. */
export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1])) return
  console.error(
    `Gatetrail needs Node ${nodeMin.join('.')} or newer; this is ${process.versions.node}. See https://nodejs.org`,
  )
  process.exit(1)
}

/** `npm ci` where node_modules is missing or older than package-lock.json. */
export async function ensurePackages() {
  const wanted = changedAt(join(root, 'package-lock.json'))
  if (changedAt(join(root, 'node_modules', '.package-lock.json')) >= wanted) return
  const startedAtMs = performance.now()
  console.log('· installing packages (npm ci); the first time takes a while')
  const [command, args] = npmCommand(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  const code = await exitCode(command, args)
  if (code !== 0) {
    console.error('npm ci failed: see its message above. Is the npm registry reachable?')
    process.exit(code)
  }
  console.log(`· packages are installed (${seconds(startedAtMs)})`)
}

/** Builds where a source is newer than the last build, or where that is missing. `target`: product or all. */
export async function ensureBuild(target) {
  const builtAt = changedAt(stampFile(target))
  const main = changedAt(join(root, 'cli', 'dist', 'main.js'))
  if (main > 0 && builtAt > 0 && newestSource(sources[target], builtAt) <= builtAt) return
  const startedAtMs = performance.now()
  console.log('· building')
  await run('node', ['scripts/build.mjs', ...(target === 'product' ? ['--product'] : [])])
  console.log(`· built (${seconds(startedAtMs)})`)
}

/** Called by build.mjs: everything older than `startedAt` is in this build. */
export async function noteBuild(target, startedAt) {
  await mkdir(join(root, '.cache'), { recursive: true })
  await writeFile(stampFile(target), '')
  await utimes(stampFile(target), startedAt, startedAt)
}

/** The newest change below `names`; stops at the first one that is newer than `enough`. */
function newestSource(names, enough) {
  const queue = names.map((name) => join(root, name))
  let newest = 0
  for (let path = queue.pop(); path !== undefined && newest <= enough; path = queue.pop()) {
    const status = statSync(path, { throwIfNoEntry: false })
    if (status === undefined) continue
    if (status.isDirectory()) {
      for (const entry of readdirSync(path)) {
        if (!['node_modules', 'dist'].includes(entry)) queue.push(join(path, entry))
      }
    } else {
      newest = Math.max(newest, status.mtimeMs)
    }
  }
  return newest
}

function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
