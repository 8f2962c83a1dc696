/** The database that is read: pgbench's own tables at scale 10, and rows of realistic text, about 200 MB as an answer. */
import { execFile } from 'node:child_process'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PostgresServer } from '@gatetrail/demo'
import pg from 'pg'
import { findProgram } from './targets.ts'

const execute = promisify(execFile)

/** Trust on loopback for everybody: the password check of the server is not what is measured. */
export async function makeDatabase(
  postgres: PostgresServer,
  password: string,
  quick: boolean,
): Promise<void> {
  const rules = join(postgres.directory, 'data', 'pg_hba.conf')
  const before = await readFile(rules, 'utf8')
  await writeFile(rules, 'host all all 127.0.0.1/32 trust\n')
  await appendFile(rules, before)
  const admin = new pg.Client({
    host: '127.0.0.1',
    port: postgres.port,
    user: 'postgres',
    password,
    database: 'postgres',
  })
  await admin.connect()
  await admin.query('SELECT pg_reload_conf()')
  await admin.query('CREATE ROLE bench LOGIN')
  await admin.query('CREATE DATABASE bench OWNER bench')
  await admin.end()
  const client = new pg.Client({
    host: '127.0.0.1',
    port: postgres.port,
    user: 'bench',
    database: 'bench',
  })
  await client.connect()
  await client.query(`CREATE TABLE bench_rows AS SELECT
    number AS id, 'Customer ' || md5(number::text) AS name, format('%s-%s-%s', 100 + number % 560, 10 + number % 89, 1000 + number % 8999) AS ssn,
    now() - number * interval '1 minute' AS created, (number * 37 % 100000) / 100.0 AS amount,
    repeat('The parcel was handed over at the back door. ', 2) AS note, md5(number::text || 'x') AS reference
    FROM generate_series(1, ${quick ? 200_000 : 1_000_000}) AS number`)
  await client.query('VACUUM ANALYZE bench_rows')
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
