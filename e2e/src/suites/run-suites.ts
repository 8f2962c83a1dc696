/**
 * The drivers' own tests, run as their authors run them. Sources come from the registries with pinned checksums into .cache/suites;
 * nothing of them is part of the project. Used by driver-suites.nightly.ts.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProcess } from '../harness/run-process.ts'

export type Outcome = 'pass' | 'fail' | 'skip'
export type Outcomes = Map<string, Outcome>
export type Place = { port: number; user: string; password: string; database: string }

export type Suite = {
  name: string
  /** Role and database that its tests expect: one name for both. */
  account: string
  /** As superuser, in its database. */
  prepare: string
  /** Fetches and builds. @throws Error that says what is missing */
  fetch(): Promise<void>
  /** `only`: names of an earlier outcome; a suite may run more than those. */
  run(place: Place, only?: readonly string[]): Promise<Outcomes>
}

const cache = fileURLToPath(new URL('../../../.cache/suites/', import.meta.url))
const python = fileURLToPath(new URL('../../../.cache/clients/python/bin/', import.meta.url))
const minute = 60_000

async function must(command: string, args: readonly string[], cwd: string, env = {}) {
  const finished = await runProcess(command, args, { cwd, env, timeoutMs: 15 * minute })
  if (finished.code === 0) return finished.stdout
  throw new Error(`${command} ${args[0]}: ${(finished.stderr + finished.stdout).slice(-600)}`)
}

async function checkSum(file: string, sha256: string): Promise<void> {
  const got = createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
  if (got !== sha256) throw new Error(`${basename(file)} has checksum ${got}, not ${sha256}`)
}

const libpq = ({ port, user, password, database }: Place): Record<string, string> => ({
  ...{ PGHOST: '127.0.0.1', PGPORT: String(port), PGDATABASE: database },
  ...{ PGUSER: user, PGPASSWORD: password },
})

const psycopg2Folder = join(cache, 'psycopg2-2.9.13')

const psycopg2: Suite = {
  name: 'psycopg2 2.9.13',
  account: 'suite',
  prepare: 'create extension hstore',
  fetch: async () => {
    if (existsSync(psycopg2Folder)) return
    await mkdir(join(cache, 'stub'), { recursive: true })
    // pip asks the source for its metadata, and that asks for pg_config: the tests run with the wheel.
    const stub = join(cache, 'stub', 'pg_config')
    await writeFile(stub, '#!/bin/sh\ncase "$1" in --version) echo "PostgreSQL 15.0" ;; *) echo /tmp ;; esac\n') // prettier-ignore
    await chmod(stub, 0o755)
    const path = `${join(cache, 'stub')}:${process.env['PATH']}`
    const options = ['download', '-q', '--no-deps', '--no-binary', ':all:', 'psycopg2==2.9.13']
    await must(join(python, 'pip'), options, cache, { PATH: path })
    const archive = join(cache, 'psycopg2-2.9.13.tar.gz')
    await checkSum(archive, 'd36784fc2dae69523ba4b79c7d1d1b4d6e83e87836874f111262f4db940b16a6')
    await must('tar', ['xzf', archive], cache)
  },
  run: async (place, only) => {
    // unittest prints `test_x (tests.test_m.Class.test_x) ... ok`, with what the test printed between.
    const names = only?.map((name) => name.split(' ')[1] ?? name) ?? ['tests.test_suite']
    const { stderr } = await runProcess(
      join(python, 'python'),
      ['-m', 'unittest', '-v', ...names],
      {
        cwd: psycopg2Folder,
        timeoutMs: 15 * minute,
        env: { ...libpq(place), PSYCOPG2_TESTDB: place.database },
      },
    )
    const outcomes: Outcomes = new Map()
    let current = ''
    for (const line of stderr.split('\n')) {
      current = /^(\w+) \(([\w.]+)\)/.exec(line)?.slice(1).join(' ') ?? current
      const end = /(?:\.\.\. |^)(?:.*\s)?(ok|FAIL|ERROR|skipped .*|expected failure)$/.exec(
        line,
      )?.[1]
      if (end === undefined || current === '') continue
      outcomes.set(current, end === 'ok' || end === 'expected failure' ? 'pass' : end.startsWith('skipped') ? 'skip' : 'fail') // prettier-ignore
      current = ''
    }
    return outcomes
  },
}

type GoModule = {
  name: string
  module: string
  /** As go.sum writes it. */
  sum: string
  /** Below the module. */
  packages: readonly string[]
  environment(place: Place): Record<string, string>
}

function goSuite(of: GoModule & Pick<Suite, 'account' | 'prepare'>): Suite {
  const folder = join(cache, of.module.replaceAll(/[/@]/g, '_'))
  const program = (name: string) => join(folder, 'bin', `${name.replaceAll('/', '_')}.test`)
  return {
    ...{ name: of.name, account: of.account, prepare: of.prepare },
    fetch: async () => {
      if (existsSync(join(folder, 'bin'))) return
      const told = await must('go', ['mod', 'download', '-json', of.module], cache)
      const { Sum: sum, Dir: source } = JSON.parse(told) as { Sum: string; Dir: string }
      if (sum !== of.sum) throw new Error(`${of.module} has sum ${sum}, not ${of.sum}`)
      await cp(source, folder, { recursive: true })
      await must('chmod', ['-R', 'u+w', folder], cache)
      for (const name of of.packages) {
        await must('go', ['test', '-c', '-o', program(name), `./${name}`], folder)
      }
    },
    run: async (place, only) => {
      const outcomes: Outcomes = new Map()
      for (const name of of.packages) {
        const own = only?.filter((test) => test.startsWith(`${name} `)) ?? []
        if (only !== undefined && own.length === 0) continue
        const tests = new Set(own.map((test) => test.slice(name.length + 1).split('/')[0]))
        const choice = only === undefined ? [] : ['-test.run', `^(${[...tests].join('|')})$`]
        const { stdout } = await runProcess(
          program(name),
          ['-test.v', '-test.timeout', '10m', ...choice],
          { cwd: join(folder, name), env: of.environment(place), timeoutMs: 11 * minute },
        )
        for (const [, result, test] of stdout.matchAll(/^ *--- (PASS|FAIL|SKIP): (\S+)/gm)) {
          const outcome = result === 'PASS' ? 'pass' : result === 'SKIP' ? 'skip' : 'fail'
          outcomes.set(`${name} ${test}`, outcome)
        }
      }
      return outcomes
    },
  }
}

const pgx = goSuite({
  name: 'pgx 5.12.0',
  account: 'suite',
  prepare: `create extension hstore; create extension ltree; create domain uint64 as numeric(20, 0);
    drop role if exists " tricky, ' } "" \\ test user "; create role " tricky, ' } "" \\ test user " superuser`,
  module: 'github.com/jackc/pgx/v5@v5.12.0',
  sum: 'h1:hWwax8YiGT0YiN50U1oIDn5kgR7KC2tG3rmavwpPkxY=',
  packages: [
    ...['.', 'pgconn', 'pgtype', 'pgtype/zeronull', 'pgxpool', 'stdlib', 'multitracer'],
    ...['tracelog', 'pgproto3'],
  ],
  environment: ({ port, user, password, database }) => {
    const place = `host=127.0.0.1 port=${port} user=${user} password=${password} dbname=${database}`
    return {
      PGX_TEST_DATABASE: place,
      PGX_TEST_TCP_CONN_STRING: place,
      PGX_TEST_PLAIN_PASSWORD_CONN_STRING: place,
    }
  },
})

const pq = goSuite({
  name: 'lib/pq 1.12.3',
  account: 'pqgo',
  prepare: 'create extension hstore',
  module: 'github.com/lib/pq@v1.12.3',
  sum: 'h1:tTWxr2YLKwIvK90ZXEw8GP7UFHtcbTtty8zsI+YjrfQ=',
  packages: ['.', 'hstore'],
  environment: (place) => ({ ...libpq(place), PGSSLMODE: 'disable' }),
})

const jdbcFolder = join(cache, 'postgresql-42.7.13-jdbc-src')

const jdbc: Suite = {
  name: 'pgJDBC 42.7.13',
  account: 'suite',
  prepare: 'create extension hstore; create extension "uuid-ossp"; create extension sslinfo',
  fetch: async () => {
    if (existsSync(join(jdbcFolder, 'target', 'test-classes'))) return
    const archive = join(cache, 'postgresql-42.7.13-jdbc-src.tar.gz')
    const url = `https://repo1.maven.org/maven2/org/postgresql/postgresql/42.7.13/${basename(archive)}`
    await must('curl', ['-fsSL', '-o', archive, url], cache)
    await checkSum(archive, '4537ba157c6eab9022d0a48bb6e6ca5a736ced8cc7121e1276322fb104dd3718')
    await must('tar', ['xzf', archive], cache)
    await must('mvn', ['-q', '-B', 'test-compile'], jdbcFolder)
  },
  run: async ({ port, user, password, database }, only) => {
    const settings = {
      ...{ 'test.url.PGHOST': '127.0.0.1', 'test.url.PGPORT': port, 'test.url.PGDBNAME': database },
      ...{ server: '127.0.0.1', port, database, user, username: user, password },
      ...{ privilegedUser: user, privilegedPassword: password, enable_ssl_tests: false },
    }
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`)
    await writeFile(join(jdbcFolder, 'build.local.properties'), lines.join('\n'))
    const reports = join(jdbcFolder, 'target', 'surefire-reports')
    await rm(reports, { recursive: true, force: true })
    const classes = new Set(only?.map((name) => name.split(' ')[0]))
    await runProcess(
      'mvn',
      [
        ...['-q', '-B', 'org.apache.maven.plugins:maven-surefire-plugin:2.22.2:test'],
        ...['-Dmaven.test.failure.ignore=true', '-DfailIfNoTests=false'],
        ...(only === undefined ? [] : [`-Dtest=${[...classes].join(',')}`]),
      ],
      { cwd: jdbcFolder, timeoutMs: 40 * minute },
    )
    const outcomes: Outcomes = new Map()
    for (const name of await readdir(reports).catch(() => [])) {
      if (name.endsWith('.xml')) {
        readReport(await readFile(join(reports, name), 'utf8'), outcomes)
      }
    }
    return outcomes
  },
}

/** Surefire's XML, one element a test. Parameters may repeat a name: the worst counts. */
function readReport(text: string, outcomes: Outcomes): void {
  for (const part of text.split('<testcase ').slice(1)) {
    const name = /\bname="([^"]*)"/.exec(part)?.[1]
    const place = /\bclassname="([^"]*)"/.exec(part)?.[1]
    const key = `${place} ${name}`
    const failed = /<(failure|error)\b/.test(part)
    const outcome = failed ? 'fail' : part.includes('<skipped') ? 'skip' : 'pass'
    if (outcomes.get(key) !== 'fail') outcomes.set(key, outcome)
  }
}

export const suites: readonly Suite[] = [psycopg2, pgx, pq, jdbc]
