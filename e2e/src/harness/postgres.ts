/** A real PostgreSQL that logs every statement which reaches it: what the trail is held against. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { demoPaths, startPostgres, type Programs } from '@gatetrail/demo'
import { Client } from 'pg'
import { parseCsv } from './csv.ts'
import { freePorts } from './ports.ts'

export const applicationUser = 'app'
export const applicationPassword = 'injected-Secret-7f3a9c51e2'
export const superuserPassword = 'superuser-of-the-tests'

export type Target = {
  port: number
  /** Runs statements as the superuser, not through the proxy. */
  direct(sql: string, database?: string): Promise<Record<string, unknown>[]>
  /** Messages of its own log that say `statement: …` or `execute …: …`: the texts of what it ran. */
  loggedStatements(): Promise<string[]>
  /** Every byte of its log. */
  log(): Promise<string>
  stop(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

const settings = {
  log_destination: 'csvlog',
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgres.log',
  log_rotation_age: '0',
  log_rotation_size: '0',
  log_statement: 'all',
  log_min_messages: 'warning',
  max_connections: '300',
}

const messageField = 13
const applicationField = 22

/**
 * A new cluster below `directory`, with the user `app` that owns the database `shop`. `programs`: others than npm's;
 * `further`: settings of its own.
 */
export async function openTarget(
  directory: string,
  programs?: Programs,
  further: Readonly<Record<string, string>> = {},
): Promise<Target> {
  const paths = demoPaths(directory)
  await mkdir(paths.directory, { recursive: true })
  await writeFile(paths.id, directory)
  const port = (await freePorts(1))[0] ?? 0
  const launch = () =>
    startPostgres(paths, port, superuserPassword, { ...settings, ...further }, programs)
  let server = await launch()
  const place = server.directory
  const logDirectory = join(place, 'data', 'log')

  const direct: Target['direct'] = async (sql, database = 'shop') => {
    const client = new Client({
      host: '127.0.0.1',
      port,
      database,
      user: 'postgres',
      password: superuserPassword,
    })
    client.on('error', () => undefined) // The query that was waiting rejects, too.
    await client.connect()
    try {
      const result = await client.query<Record<string, unknown>>(sql)
      return result.rows
    } finally {
      await client.end()
    }
  }
  await direct(`create role ${applicationUser} login password '${applicationPassword}'`, 'postgres')
  await direct(`create database shop owner ${applicationUser}`, 'postgres')

  const log = async () => {
    let text = ''
    for (const name of await readdir(logDirectory)) {
      if (name.endsWith('.csv')) text += await readFile(join(logDirectory, name), 'utf8')
    }
    return text
  }
  return {
    port,
    direct,
    log,
    loggedStatements: async () =>
      parseCsv(await log()).flatMap((row) => {
        // Gatetrail's own questions: no session asked them.
        if (row[applicationField] === 'gatetrail catalogue') return []
        const found = /^(?:statement|execute [^:]*): ([^]*)$/.exec(row[messageField] ?? '')
        return found?.[1] === undefined ? [] : [found[1]]
      }),
    stop: () => server.close(),
    start: async () => {
      server = await launch()
    },
    close: async () => {
      await server.close()
      await rm(place, { recursive: true, force: true })
    },
  }
}
