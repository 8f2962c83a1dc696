/**
 * PostgreSQL from its own source, for the nightly tests: what distributions do not bring yet (a psql that speaks OAuth), and
 * the regression suite. Downloaded once against a pinned checksum into .cache, which git ignores, and built in steps, each once.
 * Needs a C compiler, make, flex, bison, perl, and the headers of OpenSSL and libcurl (Debian: libssl-dev, libcurl4-openssl-dev).
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { capture, root, seconds } from './process.mjs'

export const postgresVersion = '18.6'
const sha256 = '555610c24d53e4316da5b7d3fc25c279d96856d5e0e23ee308c328c5fa881d9f'
/** The same file at each. Debian keeps it only as long as it is the newest. */
const addresses = [
  `https://ftp.postgresql.org/pub/source/v${postgresVersion}/postgresql-${postgresVersion}.tar.bz2`,
  `http://deb.debian.org/debian/pool/main/p/postgresql-18/postgresql-18_${postgresVersion}.orig.tar.bz2`,
]
const connectMsMax = 20_000
const downloadMsMax = 300_000

const place = join(root, '.cache', `postgres-${postgresVersion}`)
/** The source tree, configured, after `ensurePostgres` with any part. */
export const postgresSource = join(place, 'source')
/** What was built is installed here: bin/, lib/. */
export const postgresInstalled = join(place, 'installed')

/** What can be asked for: folders of the source, in the order in which they are made and installed. */
const parts = {
  /** psql, and libpq with its OAuth module. */
  client: ['src/include', 'src/interfaces/libpq', 'src/interfaces/libpq-oauth', 'src/bin/psql'],
  /** A whole server with contrib's modules, its programs, and what its regression suite needs. */
  server: ['.', 'contrib', 'src/test/regress', 'src/test/isolation'],
}

/** Whether each part is there already. Builds nothing. */
export function hasPostgres(...wanted) {
  return wanted.every((part) => existsSync(stamp(part)))
}

/**
 * Downloads, configures and builds what is missing of `wanted` (`client`, `server`).
 * @throws Error that says which step failed, with the end of its output
 */
export async function ensurePostgres(...wanted) {
  if (!existsSync(join(postgresSource, 'configure'))) await download()
  if (!existsSync(join(postgresSource, 'src', 'Makefile.global'))) await configure()
  for (const part of wanted) {
    if (hasPostgres(part)) continue
    const startedAtMs = performance.now()
    // Headers that programs generate: every folder needs them, and two at a time must not make them.
    await make('src/backend', 'generated-headers')
    for (const folder of parts[part]) await make(folder, 'install')
    await writeFile(stamp(part), '')
    console.log(`· PostgreSQL ${postgresVersion} (${part}) is built (${seconds(startedAtMs)})`)
  }
}

async function download() {
  await rm(postgresSource, { recursive: true, force: true })
  const unpacked = join(place, 'unpacked')
  await rm(unpacked, { recursive: true, force: true })
  await mkdir(unpacked, { recursive: true })
  const archive = join(place, 'source.tar.bz2')
  await writeFile(archive, await fetchSource())
  await step('tar', ['-xjf', archive, '--strip-components=1', '-C', unpacked])
  await rm(archive)
  await rename(unpacked, postgresSource)
}

async function fetchSource() {
  const failures = []
  for (const address of addresses) {
    try {
      const bytes = await fetchOnce(address)
      const found = createHash('sha256').update(bytes).digest('hex')
      if (found === sha256) return bytes
      failures.push(`${address} has the checksum ${found}`)
    } catch (error) {
      failures.push(`${address}: ${error instanceof Error ? error.message : 'failed'}`)
    }
  }
  throw new Error(`PostgreSQL's source cannot be downloaded:\n${failures.join('\n')}`)
}

async function fetchOnce(address) {
  const connecting = new AbortController()
  const timer = setTimeout(() => connecting.abort(new Error('no answer')), connectMsMax)
  const signal = AbortSignal.any([connecting.signal, AbortSignal.timeout(downloadMsMax)])
  const response = await fetch(address, { signal })
  clearTimeout(timer)
  if (!response.ok) throw new Error(`status ${response.status}`)
  return Buffer.from(await response.arrayBuffer())
}

async function configure() {
  const options = ['--with-openssl', '--with-libcurl', '--without-icu', '--without-readline']
  await step('./configure', [`--prefix=${postgresInstalled}`, '--silent', ...options], {
    cwd: postgresSource,
    env: { ...process.env, CFLAGS: '-O1 -g0' },
  })
}

function make(folder, target) {
  const jobs = `-j${Math.max(1, availableParallelism())}`
  return step('make', ['--silent', jobs, '-C', join(postgresSource, folder), target])
}

async function step(command, args, options = {}) {
  const { code, output } = await capture(command, args, options)
  if (code === 0) return
  const end = output.trimEnd().split('\n').slice(-20).join('\n')
  throw new Error(`${[command, ...args].join(' ')} ended with ${code}:\n${end}`)
}

function stamp(part) {
  return join(place, `built-${part}`)
}
