/**
 * What a fleet says of itself: every metric that docs/metrics.md lists and no other, right figures in them, and in all that
 * is said, logged and sent on the way no secret of anybody.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { kafkaIsThere } from '@gatetrail/eventlog/testing/kafka-broker'
import { metrics, processMetricPrefixes, type MetricRole } from '@gatetrail/schemas'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster, storePasswords, type Cluster } from './harness/cluster.ts'
import { findNeedles, needlesOf, type Hit } from './harness/needles.ts'
import { readAllFiles } from './harness/platform.ts'
import { applicationPassword } from './harness/postgres.ts'
import type { RoleRunner } from './harness/role-runner.ts'
import { fillShop, taggedColumns } from './harness/shop.ts'

const kafkaUser = 'fleet'
const kafkaPassword = 'Kf8-canary-Wq2zR71bYt'
const wrongKafkaPassword = 'Kf8-wrong-canary-9dLx3'
const customers = 20
const subject = 'acme/observed-job'

let cluster: Cluster
const tokens: string[] = []

/** Which roles a `gatetrail <command>` has among its processes. */
const rolesOf: Record<RoleRunner['command'], readonly MetricRole[]> = {
  proxy: ['proxy', 'shipper'],
  ingest: ['ingest'],
  replay: ['replay'],
  up: ['proxy', 'shipper', 'ingest', 'replay'],
}

async function token(): Promise<string> {
  const made = await cluster.issuer.token(subject, ['readers'], { run_id: `run-${tokens.length}` })
  tokens.push(made)
  return made
}

function metric(page: string, sample: string): number {
  const pattern = new RegExp(`^${sample} (\\S+)$`, 'gm')
  return [...page.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0)
}

/** Everything that is not a secret's own place. */
async function searchEverything(secrets: Readonly<Record<string, string>>): Promise<Hit[]> {
  const needles = Object.entries(secrets).flatMap(([name, value]) => needlesOf(name, value))
  const hits: Hit[] = []
  for (const role of cluster.roles) {
    hits.push(...findNeedles(needles, `${role.name} printed`, Buffer.from(role.output)))
    if (role.running) {
      hits.push(...findNeedles(needles, `${role.name} metrics`, Buffer.from(await role.metrics())))
      const readiness = JSON.stringify(await role.readiness())
      hits.push(...findNeedles(needles, `${role.name} readyz`, Buffer.from(readiness)))
    }
    for (const [file, bytes] of await readAllFiles(role.dataDirectory)) {
      if (file.endsWith('local-token')) continue
      hits.push(...findNeedles(needles, file, bytes))
    }
  }
  return hits
}

describe.skipIf(!kafkaIsThere())('what a fleet says of itself', () => {
  beforeAll(async () => {
    cluster = await startCluster({
      proxies: 1,
      workers: 2,
      ingests: 1,
      kafka: { users: { [kafkaUser]: kafkaPassword }, tls: true },
      kafkaUser,
      columns: taggedColumns,
      prepare: async (target) => {
        await fillShop(target, customers)
      },
    })
    for (let session = 0; session < 4; session++) {
      const { code, stderr } = await cluster.psql(0, await token(), [
        '-Atc',
        'select name, ssn from customers',
      ])
      expect(stderr).toBe('')
      expect(code).toBe(0)
    }
    const refused = await cluster.psql(0, await token(), ['-Atc', 'drop table orders'])
    expect(refused.code).not.toBe(0)
    const stranger = await cluster.psql(0, 'Tok-canary-no-token-at-all', ['-Atc', 'select 1'])
    expect(stranger.code).not.toBe(0)
    await cluster.untilStored()
  }, 500_000)

  afterAll(() => cluster?.close())

  test('each role has every metric that the list gives it, and none that the list does not know', async () => {
    for (const runner of cluster.roles) {
      const page = await runner.metrics()
      const exposed = new Set([...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name))
      const listed = Object.entries(metrics)
        .filter(([, { roles }]) => roles.some((role) => rolesOf[runner.command].includes(role)))
        .map(([name]) => name)
      expect({ [runner.name]: listed.filter((name) => !exposed.has(name)) }).toEqual({
        [runner.name]: [],
      })
      const unlisted = [...exposed].filter(
        (name) =>
          !Object.hasOwn(metrics, name) &&
          !processMetricPrefixes.some((prefix) => name.startsWith(prefix)),
      )
      expect({ [runner.name]: unlisted }).toEqual({ [runner.name]: [] })
    }
  })

  test('labels name nobody: no session, no principal, no run, no text', async () => {
    for (const runner of cluster.roles) {
      const page = await runner.metrics()
      expect(page).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/)
      for (const text of [subject, 'observed-job', 'run-0', 'select', 'Customer 1']) {
        expect(page).not.toContain(text)
      }
    }
  })

  test('figures are those of what happened', async () => {
    const [proxy = ''] = await Promise.all(cluster.proxies.map((runner) => runner.metrics()))
    const any = '[^}]*'
    expect(
      metric(proxy, `gatetrail_sessions_opened_total\\{${any}connection="orders"${any}\\}`),
    ).toBe(5)
    expect(
      metric(proxy, `gatetrail_decisions_total\\{${any}action="execute",verdict="deny"\\}`),
    ).toBe(1)
    expect(
      metric(proxy, `gatetrail_touched_values_total\\{${any}entity="US_SSN",outcome="masked"\\}`),
    ).toBe(4 * customers)
    expect(metric(proxy, `gatetrail_session_bytes_total\\{${any}to_client"\\}`)).toBeGreaterThan(
      4 * customers * 10,
    )
    expect(
      metric(proxy, `gatetrail_connect_duration_seconds_count\\{${any}outcome="opened"\\}`),
    ).toBe(5)
    expect(
      metric(proxy, `gatetrail_certificate_expiry_timestamp_seconds\\{role="proxy"${any}\\}`),
    ).toBeGreaterThan(Date.now() / 1_000)
    const ingest = cluster.ingests[0]
    expect(await ingest?.metric('gatetrail_ingest_end_to_end_seconds_count')).toBe(5)
    expect(await ingest?.metric('gatetrail_ingest_gaps_total')).toBe(0)
    expect(await ingest?.metric('gatetrail_ingest_store_available')).toBe(1)
    const [rows] = await cluster.rows<{ count: string }>('SELECT count() AS count FROM records')
    const shipped = await Promise.all(
      cluster.roles.map((role) => role.metric('gatetrail_ship_records_total')),
    )
    const stored = await ingest?.metric('gatetrail_ingest_records_total')
    process.stdout.write(
      `records: ${shipped.reduce((sum, one) => sum + one, 0)} shipped, ${stored} taken in, ${rows?.count} in the store; bytes of the proxy: ${await cluster.proxies[0]?.metric('gatetrail_ship_bytes_total')}\n`,
    )
    expect(Number(rows?.count)).toBeGreaterThan(20)
  })

  test('no log, error, metric, journal or record holds a secret', async () => {
    expect(storePasswords.length).toBe(2)
    const localToken = await readFile(join(cluster.replay.dataDirectory, 'local-token'), 'utf8')
    const secrets = {
      'password at Kafka': kafkaPassword,
      'password at the target': applicationPassword,
      'password of the writer at the store': storePasswords[0] ?? '',
      'password of the reader at the store': storePasswords[1] ?? '',
      'what a stranger sent as its token': 'Tok-canary-no-token-at-all',
      'local token': localToken.trim(),
      ...Object.fromEntries(tokens.map((one, index) => [`token ${index}`, one])),
    }
    expect(Object.values(secrets).every((secret) => secret.length > 12)).toBe(true)
    // The search finds what is there: the subject is in journals and logs.
    expect((await searchEverything({ control: subject })).length).toBeGreaterThan(0)
    expect(await searchEverything(secrets)).toEqual([])
    const trail = await cluster.rows<{ found: string }>(
      `SELECT count() AS found FROM records WHERE ${Object.values(secrets)
        .map((secret) => `position(bytes, '${secret}') > 0`)
        .join(' OR ')}`,
    )
    expect(Number(trail[0]?.found)).toBe(0)
  })

  test('nor does what a role says that Kafka and the store refuse', async () => {
    const ingest = cluster.ingests[0]
    if (ingest === undefined) throw new Error('there is an ingest')
    await ingest.stop()
    await writeFile(cluster.kafkaPasswordFile, wrongKafkaPassword)
    const storeFile = join(ingest.directory, 'store-password')
    const wrongStorePassword = 'St5-wrong-canary-Gh27Kp'
    await writeFile(storeFile, wrongStorePassword)
    const before = ingest.output.length
    ingest.launch()
    const until = Date.now() + 60_000
    while (Date.now() < until && ingest.running && ingest.output.length === before) await sleep(500)
    await sleep(5_000)
    const said = ingest.output.slice(before) + (await ingest.logs())
    expect(said).toMatch(/refus|authenticat|denied|password|516/i)
    const secrets = { kafka: wrongKafkaPassword, right: kafkaPassword, store: wrongStorePassword }
    expect(await searchEverything(secrets)).toEqual([])
    await ingest.kill()
  })
})
