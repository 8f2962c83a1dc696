/**
 * Roles as on many machines: two proxies of two workers each, Kafka, two ingests, a ClickHouse server, and replay. What one
 * machine shows, the fleet shows; and each role ends in order without losing a record.
 */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kafkaIsThere } from '@gatetrail/eventlog/testing/kafka-broker'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster, type Cluster } from './harness/cluster.ts'
import { fillShop, taggedColumns } from './harness/shop.ts'

let cluster: Cluster

type Run = { principal: string; run: { id: string } | null }

describe.skipIf(!kafkaIsThere())('a fleet', { timeout: 300_000 }, () => {
  beforeAll(async () => {
    cluster = await startCluster({
      proxies: 2,
      workers: 2,
      ingests: 2,
      proxy: { drainSeconds: 60 },
      columns: taggedColumns,
      prepare: async (target) => {
        await fillShop(target, 20)
      },
    })
  }, 400_000)

  afterAll(() => cluster?.close())

  test('psql through each proxy reads the same masked rows', async () => {
    const answers = []
    for (const proxy of [0, 1]) {
      for (let session = 0; session < 4; session++) {
        const token = await cluster.issuer.token('acme/train', ['readers'], {
          run_id: `run-${proxy}-${session}`,
        })
        const { code, stdout, stderr } = await cluster.psql(proxy, token, [
          '-Atc',
          'select name, ssn from customers order by id limit 3',
        ])
        expect(stderr).toBe('')
        expect(code).toBe(0)
        answers.push(stdout)
      }
    }
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).not.toMatch(/\d{3}-\d{2}-\d{4}/)
  })

  test('the command line names the runs of both proxies, whichever worker and ingest they went through', async () => {
    await cluster.untilStored()
    const runs = await cluster.cliJson<Run>(['audit', 'pii', '--on', 'today'])
    const ids = new Set(runs.map(({ run }) => run?.id))
    for (const proxy of [0, 1])
      for (let session = 0; session < 4; session++) expect(ids).toContain(`run-${proxy}-${session}`)
  })

  test('every record is in the store once', async () => {
    const [counts] = await cluster.rows<Record<string, string>>(`
      SELECT count() AS records, uniqExact(session, seq) AS different,
        (SELECT sum(last + 1) FROM (SELECT max(seq) AS last FROM records GROUP BY session)) AS expected
      FROM records`)
    expect(Number(counts?.['records'])).toBeGreaterThan(50)
    expect(counts?.['different']).toBe(counts?.['records'])
    expect(counts?.['expected']).toBe(counts?.['records'])
    process.stdout.write(`${counts?.['records']} records\n`)
  })

  test('the trail verifies', async () => {
    const { code, stdout, stderr } = await cluster.cli(['verify'])
    expect({ code, said: stderr + stdout }).toEqual({
      code: 0,
      said: expect.stringContaining('intact'),
    })
  })

  test('sessions are spread over both workers of each proxy, each with a writer of its own', async () => {
    const rows = await cluster.rows<{ writer: string; sessions: string }>(`
      SELECT writer, uniqExact(session) AS sessions FROM events
      WHERE kind = 'gatetrail.session.opened' GROUP BY writer`)
    expect(rows.map(({ sessions }) => Number(sessions))).toEqual([2, 2, 2, 2])
  })

  test('a worker that is killed is started again, and nobody is refused meanwhile', async () => {
    const [proxy] = cluster.proxies
    const [pid] = (await proxy?.rolePids('proxy')) ?? []
    if (pid === undefined) throw new Error('a proxy has workers')
    process.kill(pid, 'SIGKILL')
    const token = await cluster.issuer.token('acme/train', ['readers'], { run_id: 'run-killed' })
    for (let attempt = 0; attempt < 6; attempt++) {
      const { code, stderr } = await cluster.psql(0, token, ['-Atc', 'select 1'])
      expect(stderr).toBe('')
      expect(code).toBe(0)
    }
    await proxy?.untilReady()
    expect(proxy?.output).toMatch(/the proxy-\d process died \(SIGKILL\)/)
  })

  test('on SIGTERM a proxy says that it drains, lets its sessions end, and loses no record', async () => {
    const [, proxy] = cluster.proxies
    if (proxy === undefined) throw new Error('there are two proxies')
    const token = await cluster.issuer.token('acme/train', ['readers'], { run_id: 'run-drained' })
    const client = spawn(
      'psql',
      ['-XAtc', "select 'before'", '-c', "select pg_sleep(4), 'after'"],
      {
        env: { ...process.env, ...cluster.clientEnvironment(1), PGPASSWORD: token },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let said = ''
    client.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString('utf8')
    })
    client.stderr.on('data', (bytes: Buffer) => {
      said += bytes.toString('utf8')
    })
    const ended = new Promise<number | null>((resolve) => client.once('close', resolve))
    await expect.poll(() => said, { timeout: 30_000 }).toContain('before')
    const stopped = proxy.stop()
    await expect
      .poll(async () => JSON.stringify(await proxy.readiness()), { timeout: 10_000, interval: 50 })
      .toMatch(/draining: 1 session, \d+ s left/)
    const late = await cluster.psql(1, token, ['-Atc', 'select 1'])
    expect(late.stderr).toMatch(/shutting down/)
    expect(await ended).toBe(0)
    expect(said).toContain('after')
    expect(await stopped).toBe(0)
    const reasonOf = async () => {
      const [row] = await cluster.rows<{ reason: string }>(`
        SELECT JSONExtractString(body, 'reason') AS reason FROM events
        WHERE kind = 'gatetrail.session.closed' AND session IN (
          SELECT session FROM events WHERE kind = 'gatetrail.session.opened' AND body LIKE '%run-drained%')`)
      return row?.reason
    }
    await expect.poll(reasonOf, { timeout: 60_000 }).toBe('client_closed')
  })

  test('every role ends in order on SIGTERM, with all its records in Kafka', async () => {
    await cluster.untilStored()
    const codes = []
    for (const role of cluster.roles) if (role.running) codes.push(await role.stop())
    expect(codes).toEqual([0, 0, 0, 0])
    for (const role of cluster.roles) {
      const log = await readFile(
        join(role.dataDirectory, 'log', `${role.command}.log`),
        'utf8',
      ).catch(() => '')
      expect(log).not.toContain('did not close in order')
    }
  })
})
