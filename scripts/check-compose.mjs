/**
 * docker-compose.yml: what `docker compose config` says of it, and rules of our own on what comes out. Where Docker's plugin
 * is not installed its loader is built from source (compose-check/), pinned by go.sum; without Go too, it says so.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { capture, root } from './process.mjs'

const file = join(root, 'docker-compose.yml')
const loaderSource = join(root, 'scripts', 'compose-check')
const loaderFolder = join(root, '.cache', 'compose-check')

const text = await resolved()
if (text === undefined) {
  console.log('! neither docker compose nor Go is here: docker-compose.yml is not checked')
  process.exit(0)
}
const problems = problemsOf(JSON.parse(text))
for (const problem of problems) console.log(problem)
process.exitCode = problems.length === 0 ? 0 : 1

/** The file as JSON, with everything in its place; undefined: nothing here can read it. Ends the process if it is wrong. */
async function resolved() {
  if ((await tried('docker', ['compose', 'version'])).code === 0) {
    const asked = ['compose', '--file', file, '--profile', '*', 'config', '--format', 'json']
    return must(await capture('docker', asked))
  }
  const loader = await builtLoader()
  return loader === undefined ? undefined : must(await capture(loader, [file]))
}

/** A program that is not here has failed. */
function tried(command, args, options) {
  return capture(command, args, options).catch((error) => ({ code: 127, output: error.message }))
}

function must({ code, output }) {
  if (code !== 0) {
    console.log(output.trimEnd())
    process.exit(1)
  }
  return output.slice(output.indexOf('{')) // Warnings come before it.
}

async function builtLoader() {
  const sources = await Promise.all(
    ['main.go', 'go.mod', 'go.sum'].map((name) => readFile(join(loaderSource, name))),
  )
  const wanted = createHash('sha256').update(Buffer.concat(sources)).digest('hex')
  const program = join(loaderFolder, 'compose-check')
  const stamp = join(loaderFolder, 'stamp')
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted) return program
  await mkdir(loaderFolder, { recursive: true })
  const { code, output } = await tried('go', ['build', '-o', program, '.'], { cwd: loaderSource })
  if (code !== 0) {
    console.log(output.trimEnd().split('\n').slice(-3).join('\n'))
    return undefined
  }
  await writeFile(stamp, wanted)
  return program
}

/** Sentences; empty: all is well. */
function problemsOf({ services, volumes }) {
  const found = []
  const used = new Set()
  for (const [name, service] of Object.entries(services)) {
    const say = (what) => found.push(`docker-compose.yml: ${name} ${what}`)
    const tag = /:([^:/@]+)$/.exec(service.image ?? '')?.[1] ?? ''
    if (!/\d+\.\d+/.test(tag)) say(`uses an image whose version is not pinned: ${service.image}`)
    for (const { host_ip: address, published } of service.ports ?? []) {
      if (address !== '127.0.0.1') say(`is reachable from other machines at port ${published}`)
    }
    for (const [key, value] of Object.entries(service.environment ?? {})) {
      if (/PASSWORD|SECRET|TOKEN/.test(key) && !key.endsWith('_FILE') && !key.endsWith('__FILE')) {
        say(`has a secret in its environment: ${key}`)
      }
      if (value === null) say(`takes ${key} from whoever starts it`)
    }
    const oneShot = String(service.restart ?? '').startsWith('on-failure')
    const built = service.build !== undefined
    if (!oneShot && !built && service.healthcheck === undefined) say('has no health check')
    if (!oneShot && service.restart !== 'unless-stopped') say('is not started again when it ends')
    if ((service.profiles ?? []).length === 0) say('is in no profile')
    if (built && service.read_only !== true) say('may write to its own program')
    for (const { type, source } of service.volumes ?? []) {
      if (type === 'bind' && !existsSync(source)) say(`mounts ${source}, which does not exist`)
      if (type === 'volume') used.add(source)
    }
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      if (condition === 'service_started') say(`does not wait until ${other} is ready`)
    }
  }
  for (const volume of Object.keys(volumes ?? {})) {
    if (!used.has(volume)) found.push(`docker-compose.yml: nothing uses the volume ${volume}`)
  }
  return found
}
