/** For tests: a real PostgreSQL on a free port, in a temporary directory, as a user that is not root. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { makeSelfSigned } from '../../../tls/self-signed.ts'
import { npmPostgresBinaries } from './npm-binaries.ts'

const run = promisify(execFile)
const startTimeoutMs = 20_000

export type TestPostgres = {
  port: number
  directory: string
  /** The server's certificate, a root of its own, for `localhost` and no address. */
  certificatePem: string
  /** Runs statements as the superuser, past Gatetrail. */
  execute(sql: string): Promise<void>
  /** The server's log so far. */
  log(): Promise<string>
  stop(): Promise<void>
}

/** Every PostgreSQL of this machine, with its bin directory: of the system, and the one that npm installs. */
export const allPostgresBinaries: readonly string[] = findBinaries()

/** Undefined where this machine has no PostgreSQL: a test then says that it was skipped. */
export const postgresBinaries: string | undefined = allPostgresBinaries[0]

/** The newest: what npm installs, PostgreSQL 18. */
export const newestPostgresBinaries: string | undefined = allPostgresBinaries.at(-1)

/**
 * `accessRules`: lines of pg_hba.conf before the rule that trusts the superuser. `files`: further ones in its data directory.
 */
export async function startTestPostgres(
  accessRules: readonly string[],
  binaries: string | undefined = postgresBinaries,
  more: {
    files?: readonly (readonly [name: string, text: string])[]
    settings?: Readonly<Record<string, string>>
  } = {},
): Promise<TestPostgres> {
  if (binaries === undefined) throw new Error('no PostgreSQL on this machine')
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-test-postgres-'))
  const nobody = { uid: 65_534, gid: 65_534 }
  const asRoot = process.getuid?.() === 0
  const own = async (path: string): Promise<void> => {
    if (asRoot) await chown(path, nobody.uid, nobody.gid)
  }
  await own(directory)
  const database = join(directory, 'database')
  const environment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' }
  const options = { ...(asRoot ? nobody : {}), cwd: directory, env: environment }
  await run(
    join(binaries, 'initdb'),
    ['-D', database, '-U', 'postgres', '-A', 'trust', '-N', '-E', 'UTF8', '--locale=C'],
    options,
  )
  const { certificatePem, keyPem } = makeSelfSigned(
    'PostgreSQL of a test',
    { dns: ['localhost'], ip: [] },
    new Date(Date.now() - 60_000),
    new Date(Date.now() + 3_600_000),
  )
  const files: (readonly [string, string])[] = [
    ...(more.files ?? []),
    ['server.crt', certificatePem],
    ['server.key', keyPem],
    ['pg_hba.conf', [...accessRules, 'host all postgres 127.0.0.1/32 trust', ''].join('\n')],
  ]
  for (const [name, text] of files) {
    const path = join(database, name)
    await writeFile(path, text)
    await chmod(path, 0o600)
    await own(path)
  }
  const port = await freePort()
  const logFile = join(directory, 'server.log')
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ssl: 'on',
    fsync: 'off',
    log_statement: 'all',
    log_line_prefix: '%a|',
    shared_buffers: '16MB',
    logging_collector: 'off',
    ...more.settings,
  }
  const server = spawn(
    '/bin/sh',
    [
      '-c',
      'exec "$0" "$@" >server.log 2>&1',
      join(binaries, 'postgres'),
      '-D',
      database,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    { ...options, stdio: 'ignore' },
  )
  await untilListening(server, port, logFile)
  return {
    port,
    directory,
    certificatePem,
    async execute(sql) {
      await run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', sql], {
        env: {
          ...environment,
          PGHOST: '127.0.0.1',
          PGPORT: String(port),
          PGUSER: 'postgres',
          PGDATABASE: 'postgres',
        },
      })
    },
    log: () => readFile(logFile, 'utf8'),
    async stop() {
      if (server.exitCode === null) {
        server.kill('SIGQUIT')
        await once(server, 'exit')
      }
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function untilListening(server: ChildProcess, port: number, logFile: string): Promise<void> {
  const until = Date.now() + startTimeoutMs
  while (Date.now() < until && server.exitCode === null) {
    const socket = connect(port, '127.0.0.1')
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (open && (await readFile(logFile, 'utf8')).includes('ready to accept connections')) return
    await sleep(50)
  }
  throw new Error(`PostgreSQL did not start: ${await readFile(logFile, 'utf8')}`)
}

export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function findBinaries(): string[] {
  // Directories of programs, by colons: to test with other versions.
  const given = process.env['GATETRAIL_TEST_POSTGRES']
  if (given !== undefined && given !== '') return given.split(':')
  const candidates = ['17', '16', '15', '14'].map((version) => `/usr/lib/postgresql/${version}/bin`)
  const fromNpm = npmPostgresBinaries()
  if (fromNpm !== undefined) candidates.push(fromNpm)
  return candidates.filter((directory) => existsSync(join(directory, 'postgres')))
}
