/**
 * A fleet of the built product: a real Kafka, a ClickHouse server (chDB behind its HTTP interface), a real PostgreSQL as target,
 * and any number of `gatetrail proxy`, `ingest` and `replay`, each with a data directory of its own, as on many machines.
 *
 *   const cluster = await startCluster({ proxies: 2, workers: 2, ingests: 2, prepare: prepareShop })
 *   await cluster.psql(0, token, ['-c', 'select 1'])           // through the first proxy
 *   await cluster.proxies[0].kill(); cluster.proxies[0].launch() // see RoleRunner: stop, kill, killRole, signalRole, untilReady
 *   await cluster.kafka.kill(); await cluster.store.pause()    // see TestKafka, TestClickHouse
 *   await cluster.untilStored()                                // all that is on record now is in the store
 *   await cluster.rows('SELECT count() AS n FROM records')     // as the writer's user
 *   await cluster.close()                                      // always, in afterAll
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadControlKey, loadSigningKey } from '@gatetrail/eventlog'
import {
  startKafka,
  type StartKafkaOptions,
  type TestKafka,
} from '@gatetrail/eventlog/testing/kafka-broker'
import { openServerStore, type Store } from '@gatetrail/ingest'
import { startClickHouse, type TestClickHouse } from '@gatetrail/ingest/testing'
import { writeConfiguration } from './configuration.ts'
import { createIssuer, type Issuer } from './issuer.ts'
import { gatetrailCommand } from './platform.ts'
import { freePorts } from './ports.ts'
import { openTarget, type Target } from './postgres.ts'
import { RoleRunner } from './role-runner.ts'
import { runProcess, type Finished, type RunOptions } from './run-process.ts'

export type ClusterOptions = {
  /** 2 of each if left out. */
  proxies?: number
  ingests?: number
  /** Processes of each proxy: 1. */
  workers?: number
  /** Fills the target. */
  prepare: (target: Target) => Promise<void>
  /** schema.relation.column: class */
  columns?: Record<string, string>
  journal?: Record<string, unknown>
  /** Added to the section `proxy` of proxies. */
  proxy?: Record<string, unknown>
  /** Added to `listen` of proxies. */
  listen?: Record<string, unknown>
  kafka?: StartKafkaOptions
  /** One of `kafka.users`: all roles connect as this one, by SCRAM and over TLS where `kafka.tls` is set. */
  kafkaUser?: string
  partitions?: number
  /** Whole sections of all configurations. */
  sections?: Record<string, unknown>
  /** Default true; false: everything but the roles is started. */
  startRoles?: boolean
}

export type Cluster = {
  readonly directory: string
  readonly kafka: TestKafka
  /** With `kafkaUser`: where all roles read its password from, when they start. */
  readonly kafkaPasswordFile: string
  readonly store: TestClickHouse
  readonly target: Target
  readonly issuer: Issuer
  /** What all roles are configured with, for who starts further ones. */
  readonly sections: { log: object; store: object; control: { trustedKeys: string[] } }
  readonly proxies: RoleRunner[]
  readonly ingests: RoleRunner[]
  readonly replay: RoleRunner
  /** All of them. */
  readonly roles: RoleRunner[]
  /** Everything for a stock client of a proxy but the password. */
  clientEnvironment(proxy: number): Record<string, string>
  psql(
    proxy: number,
    token: string,
    args: readonly string[],
    options?: RunOptions,
  ): Promise<Finished>
  /** The gatetrail command against the replay role. */
  cli(args: readonly string[], options?: RunOptions): Promise<Finished>
  /** As `cli`, one JSON object per line. @throws Error if the command failed */
  cliJson<Line>(args: readonly string[]): Promise<Line[]>
  /** Starts those that do not run: ingests first, which make the store's tables. */
  startRoles(): Promise<void>
  /** Asks the store directly. */
  rows<Row>(query: string): Promise<Row[]>
  /** Waits until nothing of those roles that run lies in journals or Kafka. */
  untilStored(withinMs?: number): Promise<void>
  /** What to read when a test fails. */
  logs(): Promise<string>
  close(): Promise<void>
}

const writerUser = { name: 'gatetrail', password: 'store-Secret-41c0d7' }
const readerUser = { name: 'reader', password: 'reader-Secret-9b2e55', readOnly: true }
/** Of users of the store: what must stand in no log. */
export const storePasswords = [writerUser.password, readerUser.password]
const storedMsMax = 120_000
/** Longer than it takes a shipper to measure its backlog again. */
const betweenLooksMs = 700

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-cluster-'))
  const opened: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })]
  const close = async () => {
    for (const step of opened.splice(0).toReversed()) await step()
  }
  try {
    const kafka = await startKafka(options.kafka)
    opened.push(() => kafka.stop())
    const partitions = options.partitions ?? 4
    await kafka.createTopics({ partitions })
    const store = await startClickHouse({ users: [writerUser, readerUser] })
    opened.push(() => store.stop())
    const target = await openTarget(directory)
    opened.push(() => target.close())
    await options.prepare(target)
    const issuer = await createIssuer()

    const { proxies = 2, ingests = 2 } = options
    const names: [RoleRunner['command'], number][] = [
      ...Array.from({ length: proxies }, (_, index): [RoleRunner['command'], number] => [
        'proxy',
        index,
      ]),
      ...Array.from({ length: ingests }, (_, index): [RoleRunner['command'], number] => [
        'ingest',
        index,
      ]),
      ['replay', 0],
    ]
    const controlKey = await makeKeys(join(directory, 'keys'))
    const kafkaPasswordFile = join(directory, 'kafka-password')
    const connection = await kafkaConnection(kafka, options, directory, kafkaPasswordFile)
    const sections = {
      log: { kafka: { ...connection, partitions, replicationFactor: 1 } },
      store: await storeSection(directory, store.url),
      control: { trustedKeys: [controlKey] },
    }
    const roles: RoleRunner[] = []
    for (const [command, index] of names) {
      const own = join(directory, `${command}-${index}`)
      // One fleet, one set of keys: verification trusts the writers of all machines.
      await cp(join(directory, 'keys'), join(own, 'data', 'keys'), { recursive: true })
      const [postgres = 0, replay = 0, operations = 0] = await freePorts(3)
      const ports = { postgres, replay, operations }
      const configurationFile = await writeConfiguration({
        directory: own,
        issuer,
        ports,
        targetPort: target.port,
        ...(options.columns && { columns: options.columns }),
        ...(options.journal && { journal: options.journal }),
        ...(options.listen && { listen: options.listen }),
        proxy: { workers: options.workers ?? 1, ...options.proxy },
        sections: { ...sections, ...options.sections },
      })
      roles.push(
        new RoleRunner({
          command,
          name: `${command}-${index}`,
          directory: own,
          configurationFile,
          ports,
        }),
      )
    }
    opened.push(() => Promise.all(roles.map((role) => role.stop())))
    const client = await openServerStore({
      url: store.url,
      user: writerUser.name,
      password: writerUser.password,
      database: 'gatetrail',
    })
    opened.push(() => client.close())
    const cluster = clusterOf({
      directory,
      kafka,
      kafkaPasswordFile,
      store,
      target,
      issuer,
      sections,
      roles,
      client,
      close,
    })
    if (options.startRoles !== false) await cluster.startRoles()
    return cluster
  } catch (error) {
    await close()
    throw error
  }
}

function clusterOf(parts: {
  directory: string
  kafka: TestKafka
  kafkaPasswordFile: string
  store: TestClickHouse
  target: Target
  issuer: Issuer
  sections: Cluster['sections']
  roles: RoleRunner[]
  client: Store
  close: () => Promise<void>
}): Cluster {
  const { client, ...shown } = parts
  const { roles } = parts
  const proxies = ofCommand(roles, 'proxy')
  const replay = ofCommand(roles, 'replay')[0]
  if (replay === undefined) throw new Error('a cluster has a replay role')
  const clientEnvironment = (proxy: number) => ({
    PGHOST: '127.0.0.1',
    PGPORT: String(proxies[proxy]?.ports.postgres),
    PGDATABASE: 'orders',
    PGUSER: 'anybody',
    PGCONNECT_TIMEOUT: '20',
    PSQLRC: '/dev/null',
    PSQL_HISTORY: '/dev/null',
    LC_ALL: 'C.UTF-8',
  })
  const cli: Cluster['cli'] = (args, options = {}) =>
    runProcess(
      process.execPath,
      [gatetrailCommand, ...args, '--config', replay.configurationFile],
      options,
    )
  return {
    ...shown,
    proxies,
    ingests: ofCommand(roles, 'ingest'),
    replay,
    clientEnvironment,
    psql: (proxy, token, args, options = {}) =>
      runProcess('psql', ['-X', ...args], {
        ...options,
        env: { ...clientEnvironment(proxy), PGPASSWORD: token, ...options.env },
      }),
    cli,
    cliJson: async <Line>(args: readonly string[]) => {
      const { code, stdout, stderr } = await cli([...args, '--json'])
      if (code !== 0) throw new Error(`gatetrail ${args.join(' ')} ended with ${code}: ${stderr}`)
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Line)
    },
    startRoles: async () => {
      const still = roles.filter(({ running }) => !running)
      for (const role of ofCommand(still, 'ingest')) await role.start()
      await Promise.all(
        [...ofCommand(still, 'proxy'), ...ofCommand(still, 'replay')].map((role) => role.start()),
      )
    },
    rows: async <Row>(query: string) =>
      (await client.read.query({ query, format: 'JSONEachRow' })).json<Row>(),
    untilStored: (withinMs = storedMsMax) => untilStored(roles, withinMs),
    logs: async () => (await Promise.all(roles.map((role) => role.logs()))).join('\n'),
  }
}

/** Signing keys of the fleet's writers, and the key of its control log, which is returned. */
async function makeKeys(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await loadSigningKey(directory)
  return (await loadControlKey(directory)).publicKey
}

/** What configurations say of brokers. */
async function kafkaConnection(
  kafka: TestKafka,
  { kafkaUser }: ClusterOptions,
  directory: string,
  passwordFile: string,
): Promise<Record<string, unknown>> {
  if (kafkaUser === undefined) return { brokers: kafka.brokers }
  const { brokers, tls, sasl } = kafka.settingsOf(kafkaUser)
  await writeFile(passwordFile, sasl?.password ?? '', { mode: 0o600 })
  const caFile = join(directory, 'kafka-ca.pem')
  if (tls?.ca !== undefined) await writeFile(caFile, tls.ca)
  return {
    brokers,
    ...(tls && { tls: { caFile } }),
    sasl: { mechanism: sasl?.mechanism, user: kafkaUser, password: { file: passwordFile } },
  }
}

async function storeSection(directory: string, url: string): Promise<Record<string, unknown>> {
  const file = async ({ name, password }: { name: string; password: string }) => {
    const path = join(directory, `${name}-password`)
    await writeFile(path, password, { mode: 0o600 })
    return { file: path }
  }
  return {
    url,
    user: writerUser.name,
    password: await file(writerUser),
    reader: { user: readerUser.name, password: await file(readerUser) },
  }
}

function ofCommand(roles: readonly RoleRunner[], command: RoleRunner['command']): RoleRunner[] {
  return roles.filter((role) => role.command === command)
}

/** Twice nothing: a look at a backlog is as old as its interval. */
async function untilStored(roles: readonly RoleRunner[], withinMs: number): Promise<void> {
  const until = Date.now() + withinMs
  let clear = 0
  while (clear < 2) {
    const waiting = await Promise.all(
      roles.filter(({ running }) => running).map((role) => backlogOf(role)),
    )
    clear = waiting.every((count) => count === 0) ? clear + 1 : 0
    if (Date.now() > until) throw new Error(`not stored in ${withinMs} ms: ${waiting.join(', ')}`)
    await sleep(betweenLooksMs)
  }
}

async function backlogOf(role: RoleRunner): Promise<number> {
  return (
    (await role.metric('gatetrail_ship_lag_bytes')) +
    (await role.metric('gatetrail_ingest_lag_messages'))
  )
}
