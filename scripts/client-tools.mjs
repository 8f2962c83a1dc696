/**
 * Libraries of stock clients for the programs of e2e/src/drivers, each from its language's own registry with its versions and
 * checksums committed: requirements.txt, go.sum, package-lock.json, and the jar below. They live in .cache/clients.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { capture, npmCommand, root, seconds } from './process.mjs'

export const clientsFolder = join(root, '.cache', 'clients')
const programs = join(root, 'e2e', 'src', 'drivers')

export const jdbc = {
  url: 'https://repo1.maven.org/maven2/org/postgresql/postgresql/42.7.14/postgresql-42.7.14.jar',
  sha256: '73914527305a40cce504b0d3d90b23caf565136912d607ae8ae7c5895512332c',
}

const languages = [
  {
    name: 'python',
    what: 'psycopg2, psycopg, asyncpg, pg8000, SQLAlchemy, Django, pgcli',
    install: async (folder) => {
      await must('python3', ['-m', 'venv', folder])
      await must(join(folder, 'bin', 'pip'), [
        ...['install', '--quiet', '--disable-pip-version-check', '--require-hashes'],
        ...['--only-binary', ':all:', '-r', join(programs, 'python', 'requirements.txt')],
      ])
    },
  },
  {
    name: 'go',
    what: 'pgx, lib/pq',
    install: async (folder) => {
      await must('go', ['build', '-o', join(folder, 'drivers'), '.'], {
        cwd: join(programs, 'go'),
      })
    },
  },
  {
    name: 'java',
    what: 'the JDBC driver',
    install: async (folder) => {
      await must('javac', ['--version'])
      await download(jdbc, join(folder, 'postgresql.jar'))
    },
  },
  {
    name: 'javascript',
    what: 'pg-cursor, pg-copy-streams, postgres.js, Sequelize, TypeORM',
    install: async (folder) => {
      await cp(join(programs, 'javascript'), folder, { recursive: true })
      const [command, args] = npmCommand([
        ...['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'],
      ])
      await must(command, args, { cwd: folder })
    },
  },
]

/** Installs what is missing or stale. Returns what cannot be had, and says why. */
export async function ensureClientTools() {
  const missing = []
  await Promise.all(
    languages.map(async ({ name, what, install }) => {
      const folder = join(clientsFolder, name)
      const wanted = await stampOf(name)
      const stamp = join(clientsFolder, `${name}.stamp`)
      if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted) return
      const startedAtMs = performance.now()
      try {
        await rm(stamp, { force: true })
        await rm(folder, { recursive: true, force: true })
        await mkdir(folder, { recursive: true })
        await install(folder)
        await writeFile(stamp, wanted)
        console.log(`· installed clients: ${what} (${seconds(startedAtMs)})`)
      } catch (error) {
        // A half of it would look like the whole to the tests.
        await rm(folder, { recursive: true, force: true })
        console.log(`! ${what} cannot be had, skips the tests with them: ${error.message}`)
        missing.push({ name })
      }
    }),
  )
  return missing
}

/** Fetches a file and holds it against its checksum before it is kept. */
export async function download({ url, sha256 }, file) {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`)
  const bytes = Buffer.from(await response.arrayBuffer())
  const got = createHash('sha256').update(bytes).digest('hex')
  if (got !== sha256) throw new Error(`${url} has checksum ${got}, not ${sha256}`)
  await writeFile(file, bytes)
}

/** Changes with the programs, their lock files and this file. */
async function stampOf(name) {
  const hash = createHash('sha256')
  const folder = join(programs, name)
  for (const file of (await readdir(folder)).toSorted()) {
    // The Python and Java programs are read where they lie.
    if (/\.(py|java)$/.test(file)) continue
    hash.update(file).update(await readFile(join(folder, file)))
  }
  return hash.update(await readFile(new URL(import.meta.url))).digest('hex')
}

async function must(command, args, options = {}) {
  const { code, output } = await capture(command, args, options).catch((error) => {
    throw new Error(`${command}: ${error.message}`, { cause: error })
  })
  if (code === 0) return
  const last = output.trimEnd().split('\n').slice(-3).join(' | ')
  throw new Error(`${command} ${args[0]} ended with ${code}: ${last}`)
}
