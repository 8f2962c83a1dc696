/**
 * For tests: one real Apache Kafka 4 (KRaft, broker and controller in one process) on free ports, up in about three seconds.
 *
 *   import { kafkaIsThere, startKafka, type TestKafka } from '@gatetrail/eventlog/testing/kafka-broker'
 *   describe.skipIf(!kafkaIsThere())('…', () => {
 *     const kafka = await startKafka()                      // { users, tls, authorizer, properties } where wanted
 *     await kafka.createTopics()                            // ours, as `gatetrail deploy kafka` makes them: 3 partitions
 *     createKafka(kafka.settings(), log)                    // or any of eventlog's functions; or kafka.brokers
 *     await kafka.kill(); await kafka.restart()             // the same data and ports; also pause() and resume()
 *     await kafka.stop()                                    // always, in afterAll: also removes its directory
 *
 * The jars come from `node scripts/kafka-jars.mjs`'s `ensureKafka`, which `npm test` calls. Plain connections (`brokers`)
 * are always those of a super user; `secured.brokers` ask for SASL, and for TLS if `tls` is set.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import kafkajs, { Kafka, logLevel, type Admin } from 'kafkajs'
import type { KafkaSettings } from '../kafka/settings.ts'
import { makeTopic, topicPlans } from '../kafka/topics.ts'

const run = promisify(execFile)
/** scripts/kafka-jars.mjs puts them there. */
const jars = fileURLToPath(new URL('../../../.cache/kafka-4.3.1', import.meta.url))
const startedLine = 'Kafka Server started'
const startMsMax = 60_000
const stopMsMax = 15_000

export type StartKafkaOptions = {
  /** A second listener with SASL, which takes PLAIN and SCRAM of these users. */
  users?: Readonly<Record<string, string>>
  /** That listener speaks TLS, with a certificate for 127.0.0.1 of an authority of its own. */
  tls?: boolean
  /** StandardAuthorizer, which denies what no ACL allows. Super users: plain connections. */
  authorizer?: boolean
  /** More of server.properties. */
  properties?: Readonly<Record<string, string>>
}

export type TestKafka = {
  /** Without authentication; a super user. */
  readonly brokers: string[]
  /** Of the listener with SASL, if `users` were given. `ca`: PEM, if `tls` is set. */
  readonly secured: { brokers: string[]; ca?: string } | undefined
  /** Settings of plain connections, with as few waits as a test wants. */
  settings(overrides?: Partial<KafkaSettings>): KafkaSettings
  /** Settings of a user at the listener with SASL. */
  settingsOf(
    user: string,
    mechanism?: NonNullable<KafkaSettings['sasl']>['mechanism'],
    password?: string,
  ): KafkaSettings
  /** Ours, as `gatetrail deploy kafka` makes them for `settings()`. */
  createTopics(overrides?: Partial<KafkaSettings>): Promise<void>
  createTopic(
    topic: string,
    partitions: number,
    entries?: Readonly<Record<string, string>>,
  ): Promise<void>
  alterTopic(topic: string, entries: Readonly<Record<string, string>>): Promise<void>
  addPartitions(topic: string, count: number): Promise<void>
  /** Removes what lies in a topic, of those that are not compacted; offsets go on. */
  emptyTopic(topic: string): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGSTOP: connections stay open and nobody answers. */
  pause(): void
  resume(): void
  /** Starts again after `kill`, with the same data on the same ports. */
  restart(): Promise<void>
  /** Ends it and removes its directory. */
  stop(): Promise<void>
  /** What the broker said: warnings and errors. */
  said(): Promise<string>
}

/** Whether Java and the jars are there: tests with a broker are skipped without. */
export function kafkaIsThere(): boolean {
  return existsSync(join(jars, 'stamp')) && hasJava()
}

/** @throws Error with what the broker said, if it does not come up */
export async function startKafka(options: StartKafkaOptions = {}): Promise<TestKafka> {
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-kafka-'))
  const [plainPort, securedPort, controllerPort] = await freePorts(3)
  const protocol = options.tls === true ? 'SASL_SSL' : 'SASL_PLAINTEXT'
  const listeners = [
    `PLAINTEXT://127.0.0.1:${plainPort}`,
    ...(options.users === undefined ? [] : [`${protocol}://127.0.0.1:${securedPort}`]),
  ]
  const certificates = options.tls === true ? await makeCertificates(directory) : undefined
  const properties = join(directory, 'server.properties')
  await writeFile(
    properties,
    Object.entries({
      ...baseProperties(directory, controllerPort!, listeners),
      ...(options.users && securedProperties(options.users, protocol)),
      ...(certificates && {
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': certificates.keystore,
      }),
      ...(options.authorizer === true && {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS',
      }),
      ...options.properties,
    })
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
    { mode: 0o600 },
  )
  await format(properties, options.users ?? {})
  const broker = new BrokerProcess(directory, properties)
  try {
    await broker.start()
  } catch (error) {
    await broker.stop()
    throw error
  }
  const brokers = [`127.0.0.1:${plainPort}`]
  const securedBrokers = [`127.0.0.1:${securedPort}`]
  const common = {
    clientId: 'gatetrail-test',
    compression: 'gzip',
    consumerGroup: 'gatetrail-ingest',
    partitions: 3,
    replicationFactor: 1,
    retentionHours: 168,
  } as const
  const settings: TestKafka['settings'] = (overrides = {}) => ({
    ...common,
    brokers,
    ...overrides,
  })
  return {
    brokers,
    secured:
      options.users === undefined
        ? undefined
        : { brokers: securedBrokers, ...(certificates && { ca: certificates.ca }) },
    settings,
    settingsOf: (user, mechanism = 'scram-sha-256', password = options.users?.[user] ?? '') => ({
      ...common,
      brokers: securedBrokers,
      ...(certificates && { tls: { ca: certificates.ca } }),
      sasl: { mechanism, user, password },
    }),
    createTopics: async (overrides) => {
      for (const plan of topicPlans(settings(overrides)))
        await withAdmin(brokers, (admin) => makeTopic(admin, plan))
    },
    createTopic: (topic, partitions, entries = {}) =>
      withAdmin(brokers, (admin) =>
        makeTopic(admin, { topic, partitions, replicationFactor: 1, entries }),
      ),
    alterTopic: (topic, entries) =>
      withAdmin(brokers, async (admin) => {
        const configEntries = Object.entries(entries).map(([name, value]) => ({ name, value }))
        const type = kafkajs.ConfigResourceTypes.TOPIC
        await admin.alterConfigs({
          validateOnly: false,
          resources: [{ type, name: topic, configEntries }],
        })
      }),
    addPartitions: (topic, count) =>
      withAdmin(brokers, async (admin) => {
        await admin.createPartitions({ topicPartitions: [{ topic, count }] })
      }),
    emptyTopic: (topic) => emptyTopic(brokers, topic),
    kill: () => broker.kill(),
    pause: () => broker.signal('SIGSTOP'),
    resume: () => broker.signal('SIGCONT'),
    restart: () => broker.start(),
    stop: () => broker.stop(),
    said: () => readFile(broker.output, 'utf8'),
  }
}

class BrokerProcess {
  readonly output: string
  readonly #directory: string
  readonly #properties: string
  #child: ChildProcess | undefined

  constructor(directory: string, properties: string) {
    this.#directory = directory
    this.#properties = properties
    this.output = join(directory, 'output')
  }

  async start(): Promise<void> {
    const output = await open(this.output, 'w')
    const child = spawn(
      'java',
      [
        ...javaOptions(['-Xmx384m', '-Xms96m']),
        '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
        'kafka.Kafka',
        this.#properties,
      ],
      { stdio: ['ignore', output.fd, output.fd] },
    )
    await output.close()
    this.#child = child
    const endWithUs = (): void => void child.kill('SIGKILL')
    process.once('exit', endWithUs)
    child.once('exit', () => process.off('exit', endWithUs))
    child.once('error', () => {}) // exitCode stays null and the wait below ends with what was said.
    const deadline = performance.now() + startMsMax
    for (;;) {
      const said = await readFile(this.output, 'utf8')
      if (said.includes(startedLine)) return
      if (child.exitCode !== null || performance.now() > deadline)
        throw new Error(`Kafka does not start:\n${said.slice(-4_000)}`)
      await delay(50)
    }
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal)
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async stop(): Promise<void> {
    // Its data goes with it: nothing is gained by an orderly end.
    await this.#end('SIGKILL')
    await rm(this.#directory, { recursive: true, force: true })
  }

  async #end(signal: 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill(signal)
    await Promise.race([exited, delay(stopMsMax, undefined, { ref: false })])
  }
}

function baseProperties(
  directory: string,
  controllerPort: number,
  listeners: readonly string[],
): Record<string, string> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: [...listeners, `CONTROLLER://127.0.0.1:${controllerPort}`].join(','),
    'advertised.listeners': listeners.join(','),
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map':
      'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL',
    'log.dirs': join(directory, 'data'),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '3',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    // Tests wait for what takes this long; the first two: how soon a killed broker is let in again.
    'broker.session.timeout.ms': '1500',
    'broker.heartbeat.interval.ms': '300',
    'group.min.session.timeout.ms': '1000',
    'auto.create.topics.enable': 'false',
    'log.cleaner.dedupe.buffer.size': String(4 * 1024 * 1024),
    'num.io.threads': '4',
    'num.network.threads': '2',
  }
}

function securedProperties(
  users: Readonly<Record<string, string>>,
  protocol: 'SASL_SSL' | 'SASL_PLAINTEXT',
): Record<string, string> {
  const jaas = (mechanism: string) =>
    `listener.name.${protocol.toLowerCase()}.${mechanism}.sasl.jaas.config`
  const module = 'org.apache.kafka.common.security'
  const plainUsers = Object.entries(users).map(([user, password]) => ` user_${user}="${password}"`)
  return {
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    [jaas('plain')]: `${module}.plain.PlainLoginModule required${plainUsers.join('')};`,
    [jaas('scram-sha-256')]: `${module}.scram.ScramLoginModule required;`,
    [jaas('scram-sha-512')]: `${module}.scram.ScramLoginModule required;`,
  }
}

async function format(properties: string, users: Readonly<Record<string, string>>): Promise<void> {
  const scram = Object.entries(users).flatMap(([user, password]) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${user},password=${password}]`,
    ]),
  )
  const clusterId = randomBytes(16).toString('base64url')
  await run('java', [
    ...javaOptions(['-Xmx128m']),
    // In one word: an id may begin with a dash.
    ...['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '--config', properties],
    ...scram,
  ])
}

function javaOptions(memory: readonly string[]): string[] {
  const classPath = readdirSync(jars)
    .filter((name) => name.endsWith('.jar'))
    .map((name) => join(jars, name))
    .join(delimiter)
  return [
    ...memory,
    // Up sooner, with less CPU: a test's broker does not live long enough for the best code.
    ...['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'],
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    ...['-cp', classPath],
  ]
}

/** An authority, a certificate of it for 127.0.0.1 and localhost, and both as the PEM key store that Kafka reads. */
async function makeCertificates(directory: string): Promise<{ ca: string; keystore: string }> {
  const file = (name: string): string => join(directory, name)
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  await run('openssl', [
    ...['req', '-x509', '-days', '1', '-subj', '/CN=gatetrail test authority', ...curve],
    ...['-keyout', file('ca.key'), '-out', file('ca.pem')],
  ])
  await run('openssl', [
    ...['req', '-x509', '-days', '1', '-subj', '/CN=127.0.0.1', ...curve],
    ...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
    ...['-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-CA', file('ca.pem'), '-CAkey', file('ca.key')],
    ...['-keyout', file('broker.key'), '-out', file('broker.pem')],
  ])
  const ca = await readFile(file('ca.pem'), 'utf8')
  const key = await readFile(file('broker.key'), 'utf8')
  const keystore = file('keystore.pem')
  await writeFile(keystore, key + (await readFile(file('broker.pem'), 'utf8')) + ca, {
    mode: 0o600,
  })
  return { ca, keystore }
}

async function emptyTopic(brokers: string[], topic: string): Promise<void> {
  await withAdmin(brokers, async (admin) => {
    const offsets = await admin.fetchTopicOffsets(topic)
    const partitions = offsets
      .filter(({ high, low }) => high !== low)
      .map(({ partition, high }) => ({ partition, offset: high }))
    if (partitions.length > 0) await admin.deleteTopicRecords({ topic, partitions })
  })
}

async function withAdmin(brokers: string[], task: (admin: Admin) => Promise<void>): Promise<void> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    await task(admin)
  } finally {
    await admin.disconnect()
  }
}

/** Held all at once, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer()
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

function hasJava(): boolean {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .some((folder) => existsSync(join(folder, 'java')))
}
