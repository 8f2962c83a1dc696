/**
 * Releases before and after this one: their journals, and what they put on Kafka, are taken in beside ours, replayed and
 * verified. First on one machine, then by a fleet that ships them.
 */
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { kafkaIsThere } from '@gatetrail/eventlog/testing/kafka-broker'
import { kindCodeOf } from '@gatetrail/schemas'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCluster, type Cluster } from './harness/cluster.ts'
import { rewriteAsRelease, type RecordOfRelease } from './harness/other-release.ts'
import { createPlatform, type Platform } from './harness/platform.ts'
import { fillShop, taggedColumns } from './harness/shop.ts'

const unknownKind = 60_000
const json = (value: unknown) => Buffer.from(JSON.stringify(value))
const bodyOf = ({ body }: RecordOfRelease) =>
  JSON.parse(Buffer.from(body).toString('utf8')) as Record<string, unknown>
const versioned = (record: RecordOfRelease, version: number, body: Uint8Array) => ({
  header: { ...record.header, version },
  body,
})

/** As release N-1 wrote it: no `instance`, and session.closed of version 1. And one record that only N+1 knows. */
function asOtherReleases(record: RecordOfRelease): RecordOfRelease[] {
  switch (record.header.kindCode) {
    case kindCodeOf('gatetrail.writer.started'): {
      const { instance: _, ...body } = bodyOf(record)
      return [versioned(record, 1, json(body))]
    }
    case kindCodeOf('gatetrail.session.closed'):
      return [
        { header: { ...record.header, kindCode: unknownKind, version: 1 }, body: json({ new: 1 }) },
        versioned(record, 1, record.body),
      ]
    case kindCodeOf('gatetrail.statement.completed'):
      return [record, versioned(record, 99, json({ ...bodyOf(record), ofTheFuture: true }))]
    default:
      return [record]
  }
}

let platform: Platform
let oldRecords = 0
const token = (run: string) => platform.issuer.token('acme/train', ['readers'], { run_id: run })
const question = ['-Atc', "select 'Shop ' || id, ssn from customers order by id limit 2"]

type Listed = { session: string; run: { id: string } | null; closeReason?: string | null }

beforeAll(async () => {
  platform = await createPlatform({
    columns: taggedColumns,
    prepare: async (target) => {
      await fillShop(target, 10)
    },
  })
  await platform.start()
  const { code } = await platform.psql(await token('run-old'), question)
  if (code !== 0) throw new Error(await platform.logs())
  await platform.stop()
  // What another release left behind: its journals and keys. The event store begins anew.
  for (const name of ['chdb', 'ingest'])
    await rm(join(platform.dataDirectory, name), { recursive: true })
  const journal = join(platform.dataDirectory, 'journal')
  oldRecords = await rewriteAsRelease(
    { journal, keys: join(platform.dataDirectory, 'keys') },
    asOtherReleases,
  )
  await cp(journal, join(platform.directory, 'old-journal'), { recursive: true })
})
afterAll(() => platform?.close())

describe('journals of other releases on one machine', () => {
  beforeAll(async () => {
    await platform.start()
    const { code } = await platform.psql(await token('run-new'), question)
    expect(code).toBe(0)
    await platform.settle()
  })

  it('are found and replayed beside our own', async () => {
    const sessions = await platform.cliJson<Listed>(['sessions'])
    const old = sessions.find(({ run }) => run?.id === 'run-old')
    expect(sessions.map(({ run }) => run?.id)).toContain('run-new')
    const replayed = await platform.cli(['replay', old?.session ?? ''], { env: { NO_COLOR: '1' } })
    expect(replayed.stderr).toBe('')
    expect(replayed.stdout).toContain('Shop 1')
  })

  it('verify as intact, records of kinds that are not known included', async () => {
    const { code, stdout } = await platform.cli(['verify'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('intact') })
    process.stdout.write(`${oldRecords} records of other releases\n`)
  })
})

describe.skipIf(!kafkaIsThere())(
  'journals of other releases that a fleet ships',
  { timeout: 300_000 },
  () => {
    let cluster: Cluster

    beforeAll(async () => {
      await platform.stop()
      cluster = await startCluster({
        proxies: 1,
        ingests: 1,
        startRoles: false,
        columns: taggedColumns,
        prepare: async (target) => {
          await fillShop(target, 10)
        },
      })
      const [proxy] = cluster.proxies
      if (proxy === undefined) throw new Error('there is a proxy')
      await cp(join(platform.directory, 'old-journal'), join(proxy.dataDirectory, 'journal'), {
        recursive: true,
      })
      // Replay trusts whose public keys it has.
      await cp(
        join(platform.dataDirectory, 'keys', 'writer-signing.pub.pem'),
        join(cluster.replay.dataDirectory, 'keys', 'old.pub.pem'),
      )
      await cluster.startRoles()
      const job = await cluster.issuer.token('acme/train', ['readers'], { run_id: 'run-new' })
      const { code } = await cluster.psql(0, job, question)
      expect(code).toBe(0)
      await cluster.untilStored()
    }, 400_000)
    afterAll(() => cluster?.close())

    it('are each in the store once', async () => {
      const [counts] = await cluster.rows<Record<string, string>>(`
      SELECT count() AS records, uniqExact(session, seq) AS different, countIf(kind = 'unknown:${unknownKind}') AS unknown,
        countIf(version = 99) AS future
      FROM records`)
      expect(counts?.['different']).toBe(counts?.['records'])
      expect(Number(counts?.['records'])).toBeGreaterThan(oldRecords)
      expect(Number(counts?.['unknown'])).toBeGreaterThan(0)
      expect(Number(counts?.['future'])).toBeGreaterThan(0)
    })

    it('are replayed and verified', async () => {
      const sessions = await cluster.cliJson<Listed>(['sessions'])
      const old = sessions.find(({ run }) => run?.id === 'run-old')
      const replayed = await cluster.cli(['replay', old?.session ?? ''], { env: { NO_COLOR: '1' } })
      expect(replayed.stderr).toBe('')
      expect(replayed.stdout).toContain('Shop 1')
      const { code, stdout } = await cluster.cli(['verify'])
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('intact') })
    })
  },
)
