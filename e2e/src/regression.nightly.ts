/**
 * PostgreSQL's own regression suite, once directly and once through the proxy (policies open, reveal all): what psql prints is the
 * same, file by file, and each statement that PostgreSQL logged is on record once. Nightly: it takes minutes and its source.
 */
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { maskText } from '@gatetrail/detect'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { postgresFromSource } from './harness/nightly.ts'
import { createPlatform, type Platform } from './harness/platform.ts'
import {
  applicationPassword,
  applicationUser,
  openTarget,
  type Target,
} from './harness/postgres.ts'
import { runProcess } from './harness/run-process.ts'

const database = 'regression'
const runMsMax = 1_200_000
const policy = 'permit (principal, action, resource);\n'

let directory: string
let suite: string
let installed: string
let direct: Target
let platform: Platform
/** What the tests themselves sent before. */
let preparing: string[]

const source = postgresFromSource()

beforeAll(async () => {
  if (source === undefined) return
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-regression-'))
  // The server runs as another user: it reads the suite's data and writes into the results.
  await chmod(directory, 0o755)
  suite = join(directory, 'suite')
  await cp(source.suite, suite, { recursive: true })
  installed = join(directory, 'installed')
  await cp(source.installed, installed, { recursive: true, verbatimSymlinks: true })
  // The suite looks for these beside its own functions.
  for (const library of ['autoinc.so', 'refint.so']) {
    await copyFile(join(installed, 'lib', library), join(suite, library))
  }
  const programs = {
    initdb: join(installed, 'bin', 'initdb'),
    postgres: join(installed, 'bin', 'postgres'),
  }
  await mkdir(join(directory, 'direct-server'))
  direct = await openTarget(join(directory, 'direct-server'), programs)
  await prepare(direct)
  platform = await createPlatform({ prepare, programs })
  // The server's log collector is a process of its own: its last lines come a moment later.
  await sleep(1_000)
  preparing = await platform.target.loggedStatements()
  await openAll(platform)
  await platform.start()
}, 600_000)
afterAll(async () => {
  await platform?.close()
  await direct?.close()
  if (directory !== undefined) await rm(directory, { recursive: true, force: true })
}, 120_000)

/** As pg_regress makes its database. */
async function prepare(target: Target): Promise<void> {
  await target.direct(`alter role ${applicationUser} superuser`, 'postgres')
  await target.direct(
    `create database ${database} owner ${applicationUser} template template0 locale 'C'`,
    'postgres',
  )
  for (const setting of ['lc_messages', 'lc_monetary', 'lc_numeric', 'lc_time']) {
    await target.direct(`alter database ${database} set ${setting} to 'C'`, 'postgres')
  }
  await target.direct(`alter database ${database} set bytea_output to 'hex'`, 'postgres')
  await target.direct(
    `alter database ${database} set timezone_abbreviations to 'Default'`,
    'postgres',
  )
}

/** One connection, of a superuser, on which everybody may do everything. */
async function openAll({ configurationFile, target }: Platform): Promise<void> {
  const configuration = JSON.parse(await readFile(configurationFile, 'utf8')) as object
  const connection = {
    name: database,
    protocol: 'postgres',
    address: `127.0.0.1:${target.port}`,
    database,
    credential: { user: applicationUser, password: { file: 'orders-password' } },
  }
  const policies = ['policies/open.cedar']
  await writeFile(join(dirname(configurationFile), 'policies', 'open.cedar'), policy)
  await writeFile(
    configurationFile,
    JSON.stringify({ ...configuration, connections: [connection], policies }),
  )
}

/** Runs the suite and returns what psql printed, by test. */
async function runSuite(
  name: string,
  port: number,
  password: string,
): Promise<Map<string, string>> {
  const output = join(directory, name)
  await mkdir(join(output, 'results'), { recursive: true })
  for (const folder of [output, join(output, 'results')]) await chmod(folder, 0o777)
  const { stdout, stderr } = await runProcess(
    join(suite, 'pg_regress'),
    [
      ...['--use-existing', `--dbname=${database}`, `--user=${applicationUser}`],
      ...['--host=127.0.0.1', `--port=${port}`, `--bindir=${join(installed, 'bin')}`],
      ...[`--inputdir=${suite}`, `--outputdir=${output}`, `--dlpath=${suite}`],
      ...['--max-concurrent-tests=20', `--schedule=${join(suite, 'parallel_schedule')}`],
    ],
    {
      cwd: output,
      timeoutMs: runMsMax,
      env: { PGPASSWORD: password, LD_LIBRARY_PATH: join(installed, 'lib') },
    },
  )
  console.log(`${name}: ${stdout.trimEnd().split('\n').slice(-4).join(' ')} ${stderr.slice(-500)}`)
  const results = new Map<string, string>()
  for (const file of await readdir(join(output, 'results'))) {
    if (!file.endsWith('.out')) continue
    const text = await readFile(join(output, 'results', file), 'utf8')
    results.set(file, text.replaceAll(output, '<output>'))
  }
  return results
}

/** Gatetrail's own questions in a session whose code may have changed what names mean. */
const ownQuestions = ['show search_path', 'show role', 'show session_authorization']

/** How often each text is there. */
const counted = (texts: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}

test.runIf(source !== undefined)(
  'psql prints the same through the proxy as directly in every file of the regression suite',
  { timeout: 2 * runMsMax },
  async () => {
    const expected = await runSuite('direct', direct.port, applicationPassword)
    const token = await platform.issuer.token('regression', ['everything'], { run_id: 'regress-1' })
    const seen = await runSuite('proxied', platform.ports.postgres, token)
    const differing = [...expected.keys()].filter((file) => seen.get(file) !== expected.get(file))
    for (const file of differing) {
      const paths = ['direct', 'proxied'].map((name) => join(directory, name, 'results', file))
      const { stdout } = await runProcess('diff', ['-u', ...paths])
      console.log(stdout.slice(0, 4_000))
    }
    console.log(`${expected.size} files compared, ${differing.length} differ`)
    expect(expected.size).toBeGreaterThan(200)
    expect(differing).toEqual([])
  },
)

test.runIf(source !== undefined)(
  "every statement of the suite in PostgreSQL's own log is in the trail once",
  { timeout: 600_000 },
  async () => {
    await platform.settle()
    const before = new Set([...preparing, ...ownQuestions])
    const logged = counted(
      (await platform.target.loggedStatements())
        .filter((text) => !before.has(text))
        // What is on record has personal data masked.
        .map((text) => maskText(text).text),
    )
    const statements = await platform.cliJson<{ statement: string }>(['statements'])
    const trail = counted(statements.map(({ statement }) => statement))
    const missing = [...logged].filter(([text, times]) => (trail.get(text) ?? 0) < times)
    console.log(
      `${logged.size} distinct texts in PostgreSQL's log, ${statements.length} statements in the trail, ${missing.length} texts missing`,
      missing.slice(0, 10),
    )
    expect(statements.length).toBeGreaterThan(10_000)
    expect(missing).toEqual([])
  },
)
