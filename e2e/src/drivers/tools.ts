/** Where scripts/client-tools.mjs has put what the driver programs need, and how each is run. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const clients = fileURLToPath(new URL('../../../.cache/clients/', import.meta.url))
const programs = fileURLToPath(new URL('../../src/drivers/', import.meta.url))

export type DriverProgram = {
  command: string
  args: readonly string[]
  /** It has the role `copier`. */
  copies: boolean
}

const python = (name: string, copies = true): DriverProgram => ({
  copies,
  command: join(clients, 'python', 'bin', 'python'),
  args: [join(programs, 'python', `${name}.py`)],
})
const go = (name: string, copies: boolean): DriverProgram => ({
  copies,
  command: join(clients, 'go', 'drivers'),
  args: [name],
})

/** By the name that a reader of the report knows. */
export const driverPrograms: Readonly<Record<string, DriverProgram>> = {
  psycopg2: python('with_psycopg2'),
  'psycopg 3': python('with_psycopg'),
  asyncpg: python('with_asyncpg'),
  pg8000: python('with_pg8000'),
  'SQLAlchemy and Django': python('with_orms', false),
  pgx: go('pgx', true),
  'lib/pq': go('pq', false),
  JDBC: {
    copies: true,
    command: 'java',
    args: [
      ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Dfile.encoding=UTF-8'],
      ...['-cp', join(clients, 'java', 'postgresql.jar'), join(programs, 'java', 'Drivers.java')],
    ],
  },
  'node-postgres, postgres.js, Sequelize and TypeORM': {
    copies: true,
    command: process.execPath,
    args: ['--no-deprecation', join(clients, 'javascript', 'drivers.mjs')],
  },
}

export const pgcli: string = join(clients, 'python', 'bin', 'pgcli')

/** Whether its libraries are installed: `npm test` says which are not, and counts them where all are required. */
export function isInstalled({ command, args }: DriverProgram): boolean {
  const files = [command, ...args].filter((part) => part.startsWith(clients))
  return files.length > 0 && files.every((file) => existsSync(file))
}
