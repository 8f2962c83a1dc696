/** The database that is read: pgbench's own tables at scale 10, and rows of realistic text, about 200 MB as an answer. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { demoPaths, startPostgres, type PostgresServer } from '@gatetrail/demo'
import pg from 'pg'
import { findProgram, freePort } from './targets.ts'

const execute = promisify(execFile)

/** A server for one part of the benchmark, gone afterwards. */
export async function withPostgres(
  use: (postgres: PostgresServer, directory: string) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-bench-'))
  const paths = demoPaths(directory)
  await mkdir(paths.directory, { recursive: true, mode: 0o700 })
  await writeFile(paths.id, randomBytes(8).toString('hex'))
  const password = randomBytes(16).toString('hex')
  const postgres = await startPostgres(paths, await freePort(), password)
  try {
    await trustLoopback(postgres, password)
    await use(postgres, directory)
  } finally {
    await postgres.close()
    await rm(postgres.directory, { recursive: true, force: true })
    await rm(directory, { recursive: true, force: true })
  }
}

/** The password check of the server is not what is measured. */
async function trustLoopback(postgres: PostgresServer, password: string): Promise<void> {
  const rules = join(postgres.directory, 'data', 'pg_hba.conf')
  const before = await readFile(rules, 'utf8')
  await writeFile(rules, 'host all all 127.0.0.1/32 trust\n')
  await appendFile(rules, before)
  const admin = await connectTo(postgres, { user: 'postgres', database: 'postgres', password })
  await admin.query('SELECT pg_reload_conf()')
  await admin.end()
}

export async function connectTo(
  postgres: PostgresServer,
  login: { user: string; database: string; password?: string },
): Promise<pg.Client> {
  const client = new pg.Client({ host: '127.0.0.1', port: postgres.port, ...login })
  await client.connect()
  return client
}

export async function makeDatabase(postgres: PostgresServer, quick: boolean): Promise<void> {
  const admin = await connectTo(postgres, { user: 'postgres', database: 'postgres' })
  await admin.query('CREATE ROLE bench LOGIN')
  await admin.query('CREATE DATABASE bench OWNER bench')
  await admin.end()
  const client = await connectTo(postgres, { user: 'bench', database: 'bench' })
  await client.query(`CREATE TABLE bench_rows AS SELECT
    number AS id, 'Customer ' || md5(number::text) AS name, format('%s-%s-%s', 100 + number % 560, 10 + number % 89, 1000 + number % 8999) AS ssn,
    now() - number * interval '1 minute' AS created, (number * 37 % 100000) / 100.0 AS amount,
    repeat('The parcel was handed over at the back door. ', 2) AS note, md5(number::text || 'x') AS reference
    FROM generate_series(1, ${quick ? 200_000 : 1_000_000}) AS number`)
  await client.query('VACUUM ANALYZE bench_rows')
  await client.query(
    'CREATE VIEW bench_rows_untagged AS SELECT id, name, reference AS reference_first, created, amount, note, reference FROM bench_rows',
  )
  await client.end()
  if (findProgram('pgbench') !== undefined) {
    await execute('pgbench', [
      '-i',
      '-q',
      '-s',
      '10',
      '-h',
      '127.0.0.1',
      '-p',
      String(postgres.port),
      '-U',
      'bench',
      'bench',
    ])
  }
}
