/** `gatetrail scan` for a fleet: in a process of its own, by way of Kafka, while ingest goes on; with fingerprint keys of the configuration. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { entities } from '@gatetrail/detect'
import { kafkaIsThere } from '@gatetrail/eventlog/testing/kafka-broker'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { startCluster, type Cluster } from './harness/cluster.ts'
import { gatetrailCommand } from './harness/platform.ts'
import { runProcess } from './harness/run-process.ts'

const rowCount = 2_000
const mailOf = (row: number) => `fleet.${row}@plover.example.net`
let cluster: Cluster
let secrets = ''

describe.skipIf(!kafkaIsThere())('a fleet', { timeout: 300_000 }, () => {
  beforeAll(async () => {
    secrets = await mkdtemp(join(tmpdir(), 'gatetrail-scan-fleet-'))
    const keys = await Promise.all(
      ['new', 'old'].map(async (id, index) => {
        const file = join(secrets, id)
        await writeFile(file, Buffer.alloc(32, index + 1).toString('base64'), { mode: 0o600 })
        return { id, secret: { file } }
      }),
    )
    cluster = await startCluster({
      proxies: 1,
      workers: 1,
      ingests: 1,
      sections: { detection: { off: entities, columns: false }, fingerprint: { keys } },
      prepare: async (target) => {
        await target.direct(`
          set role app;
          create table notes (id integer primary key, note text);
          insert into notes select i, 'write to fleet.' || i || '@plover.example.net' from generate_series(0, ${rowCount - 1}) i`)
      },
    })
  }, 400_000)
  afterAll(async () => {
    await cluster?.close()
    await rm(secrets, { recursive: true, force: true })
  })

  test('is scanned by a command, and every part of it then says the same', async () => {
    onTestFailed(async () => console.log(await cluster.logs()))
    const token = await cluster.issuer.token('acme/train', ['everything'], {
      kind: 'job',
      run_id: 'before',
    })
    const { stdout } = await cluster.psql(0, token, ['-Atc', 'select id, note from notes'])
    expect(stdout).toContain(mailOf(17))
    await cluster.untilStored()

    const [ingest] = cluster.ingests
    if (ingest === undefined) throw new Error('the cluster has an ingest')
    const configuration: Record<string, unknown> = JSON.parse(
      await readFile(ingest.configurationFile, 'utf8'),
    )
    delete configuration['detection']
    const file = join(ingest.directory, 'scan.yaml')
    await writeFile(file, JSON.stringify(configuration))
    const args = ['scan', '--since', '1h', '--json', '--config', file]
    const scanned = await runProcess(process.execPath, [gatetrailCommand, ...args], {
      timeoutMs: 120_000,
    })
    expect([scanned.code, scanned.stderr]).toEqual([0, ''])
    expect(JSON.parse(scanned.stdout.trim().split('\n').at(-1)!)).toMatchObject({
      type: 'summary',
      sessions: 1,
      found: { EMAIL: rowCount },
    })
    await cluster.untilStored()
    const [counted] = await cluster.rows<Record<string, number>>(
      `SELECT (SELECT toFloat64(countIf(position(bytes, '@plover.') > 0)) FROM records) AS records,
        (SELECT toFloat64(countIf(position(payload, '@plover.') > 0)) FROM chunks) AS chunks,
        (SELECT toFloat64(count() - uniqExact(session, seq)) FROM records) AS twice`,
    )
    expect(counted).toEqual({ records: 0, chunks: 0, twice: 0 })
    const verified = await cluster.cli(['verify'])
    expect(verified.stdout + verified.stderr).toMatch(/^intact: [^]* records were redacted later/)
    const asked = await cluster.cli(['audit', 'subject', '--json'], { input: mailOf(17) })
    expect(JSON.parse(asked.stdout)).toMatchObject({
      run: { id: 'before' },
      touches: [{ outcome: 'late', retrospective: true, key: 'new' }],
    })
  })
})
