/** Programs that end-to-end tests use and npm does not bring. As root on Debian they are installed, elsewhere named. */
import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ensureClientTools } from './client-tools.mjs'
import { ensureKafka } from './kafka-jars.mjs'
import { capture } from './process.mjs'

const tools = [
  {
    name: 'postgres',
    package: 'postgresql',
    for: 'the tests against a server with TLS and certificates',
  },
  { name: 'psql', package: 'postgresql-client', for: 'the tests with a stock psql' },
  { name: 'pgbench', package: 'postgresql-contrib', for: 'the tests under load' },
  { name: 'pgbouncer', package: 'pgbouncer', for: 'the comparison in npm run bench' },
  { name: 'pg_dump', package: 'postgresql-client', for: 'the tests with pg_dump and pg_restore' },
  { name: 'python3', package: 'python3-venv', for: 'the tests with Python clients' },
  { name: 'go', package: 'golang-go', for: 'the tests with Go clients' },
  { name: 'java', package: 'openjdk-17-jre-headless', for: 'the tests with a Kafka broker' },
  { name: 'javac', package: 'default-jdk-headless', for: 'the tests with JDBC' },
  { name: 'haproxy', package: 'haproxy', for: 'the tests behind a balancer' },
  { name: 'promtool', package: 'prometheus', for: 'the check of alarm rules' },
  { name: 'chromium', package: 'chromium', for: 'the tests of the web app in a browser' },
]

/** Installs what is missing where it may. Returns what is missing still. */
export async function ensureTools() {
  const programs = await ensurePrograms()
  return [...programs, ...(await ensureClientTools()), ...(await ensureKafka())]
}

async function ensurePrograms() {
  const missing = await withoutThose(tools)
  if (missing.length === 0) return []
  const may =
    process.getuid?.() === 0 && existsSync('/etc/debian_version') && isInstalled('apt-get')
  if (may) {
    const names = missing.map((tool) => tool.package)
    console.log(`· installing ${names.join(', ')} (apt-get)`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    await capture('apt-get', ['update', '-q'], { env })
    const installed = await capture(
      'apt-get',
      ['install', '-q', '-y', '--no-install-recommends', ...names],
      { env },
    )
    if (installed.code !== 0)
      console.log(installed.output.trimEnd().split('\n').slice(-5).join('\n'))
  }
  const still = await withoutThose(missing)
  for (const tool of still) {
    console.log(`! ${tool.name} is missing (Debian: ${tool.package}): skips ${tool.for}`)
  }
  return still
}

/** Debian's psql, pgbench and pg_dump are wrappers that may stand there without the program: asked for their version, they say. */
const wrappers = new Set(['psql', 'pgbench', 'pg_dump'])

async function withoutThose(wanted) {
  const missing = []
  for (const tool of wanted) {
    const works =
      isInstalled(tool.name) &&
      (!wrappers.has(tool.name) || (await capture(tool.name, ['--version'])).code === 0)
    if (!works) missing.push(tool)
  }
  return missing
}

function isInstalled(name) {
  const servers = existsSync('/usr/lib/postgresql')
    ? readdirSync('/usr/lib/postgresql').map((version) => `/usr/lib/postgresql/${version}/bin`)
    : []
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    ...(name === 'postgres' ? servers : []),
  ]
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false // Not in this folder.
    }
  })
}
