/**
 * Somebody edits the trail: in the journal or in the store, with the other one untouched. `gatetrail verify` finds it, names
 * it and exits with 1. Each attack starts from the same intact trail.
 */
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { createPlatform, type Platform } from './harness/platform.ts'
import { fillShop, taggedColumns } from './harness/shop.ts'
import { withStore, type OpenStore } from './harness/store.ts'
import { readRecords, rewriteSegment, type JournalRecord } from './harness/tamper-journal.ts'

let platform: Platform
let journal: string
let kept: string
/** Of the session that attacks aim at, in order of seq. */
let victim: JournalRecord[]
let other: JournalRecord[]

type Failure = { type: string; where: string; kind: string; session?: string; seq?: number }

beforeAll(async () => {
  platform = await createPlatform({
    columns: taggedColumns,
    prepare: async (target) => {
      await fillShop(target, 30)
    },
  })
  await platform.start()
  for (const run of ['victim', 'other', 'third']) {
    const token = await platform.issuer.token(run, ['readers'], { run_id: run })
    const args = ['-c', 'select ssn from customers', '-c', 'select count(*) from orders']
    const { code } = await platform.psql(token, [...args, '-c', 'select email from customers'])
    if (code !== 0) throw new Error('psql failed')
  }
  await platform.settle()
  expect((await platform.cli(['verify'])).code).toBe(0)
  await platform.stop()
  journal = join(platform.dataDirectory, 'journal')
  kept = join(platform.directory, 'kept')
  await cp(platform.dataDirectory, kept, { recursive: true, preserveTimestamps: true })

  const records = await readRecords(journal)
  const sessionOf = (subject: string) => {
    const opened = records.find(
      ({ header, body }) =>
        header.kind === 'gatetrail.session.opened' && body.includes(`"subject":"${subject}"`),
    )
    return records.filter(({ header }) => header.session === opened?.header.session)
  }
  victim = sessionOf('victim')
  other = sessionOf('other')
  console.log(`${records.length} records, ${victim.length} of the session that is attacked`)
  expect(victim.length).toBeGreaterThan(8)
})
afterAll(() => platform?.close())

/** Restores the intact trail, lets `attack` at it, starts the platform and verifies. */
async function verifyAfter(attack: () => Promise<void>): Promise<Failure[]> {
  onTestFailed(async () => console.log(await platform.logs()))
  await rm(platform.dataDirectory, { recursive: true })
  await cp(kept, platform.dataDirectory, { recursive: true, preserveTimestamps: true })
  await attack()
  await platform.start()
  try {
    const { code, stdout } = await platform.cli(['verify', '--json'], { timeoutMs: 60_000 })
    const lines = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Failure)
    const failures = lines.filter(({ type }) => type === 'failure')
    const found = failures.map(({ where, kind, seq }) => `${where}/${kind}@${seq ?? '?'}`)
    console.log(`exit code ${code}, ${failures.length} failures: ${[...new Set(found)].join(', ').slice(0, 600)}`) // prettier-ignore
    expect(code).toBe(failures.length === 0 ? 0 : 1)
    return failures
  } finally {
    await platform.stop()
  }
}

const named = (failures: Failure[], { header }: JournalRecord) =>
  failures.filter(({ session, seq }) => session === header.session && seq === header.seq)
const ofKind = (kind: string) => {
  const found = victim.find(({ header }) => header.kind === kind)
  if (found === undefined) throw new Error(`the session has no ${kind}`)
  return found
}
const decided = () => ofKind('gatetrail.statement.decided')

test('a trail that was only copied and started again is intact', async () => {
  expect(await verifyAfter(() => Promise.resolve())).toEqual([])
})

describe('in the journal, the store untouched,', () => {
  test('a record whose text was changed is found', async () => {
    const record = ofKind('gatetrail.session.opened')
    const failures = await verifyAfter(() =>
      rewriteSegment(record.file, (frames) =>
        frames.map((frame, index) =>
          index === record.index
            ? { ...frame, bytes: Buffer.from(frame.bytes.toString('latin1').replace('"victim"', '"other"'), 'latin1') } // prettier-ignore
            : frame,
        ),
      ),
    )
    expect(named(failures, record).length).toBeGreaterThan(0)
  })

  test('a byte of a recorded frame that was changed is found', async () => {
    const record = victim.findLast(({ header }) => header.kind === 'gatetrail.frames.recorded')
    if (record === undefined) throw new Error('the session has no frames')
    const failures = await verifyAfter(() =>
      rewriteSegment(record.file, (frames) => {
        const { bytes } = frames[record.index] ?? { bytes: Buffer.alloc(0) }
        bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1
        return frames
      }),
    )
    expect(named(failures, record).length).toBeGreaterThan(0)
  })

  test('a record that was taken out is found', async () => {
    const record = decided()
    const failures = await verifyAfter(() =>
      rewriteSegment(record.file, (frames) => frames.filter((_, index) => index !== record.index)),
    )
    expect(failures.length).toBeGreaterThan(0)
    expect(named(failures, record).length).toBeGreaterThan(0)
  })

  test('a record that was taken out with all later positions moved up is found', async () => {
    const record = decided()
    const failures = await verifyAfter(() =>
      rewriteSegment(record.file, (frames) =>
        frames.flatMap((frame, index) => {
          if (index === record.index) return []
          if (index > record.index) {
            const position = frame.bytes.readBigUInt64BE(40)
            frame.bytes.writeBigUInt64BE(position - 1n, 40)
          }
          return [frame]
        }),
      ),
    )
    expect(failures.length).toBeGreaterThan(0)
  })

  test('two records that were swapped are found', async () => {
    const record = decided()
    const failures = await verifyAfter(() =>
      rewriteSegment(record.file, (frames) => {
        const [a, b] = [frames[record.index], frames[record.index + 1]]
        if (a === undefined || b === undefined) throw new Error('no two records')
        return frames.with(record.index, b).with(record.index + 1, a)
      }),
    )
    expect(failures.length).toBeGreaterThan(0)
  })

  test('a tail that was cut off is found', async () => {
    const record = victim[0]
    if (record === undefined) throw new Error('no record')
    const failures = await verifyAfter(() =>
      rewriteSegment(record.file, (frames) => frames.slice(0, -12)),
    )
    expect(failures.some(({ where }) => where === 'journal')).toBe(true)
  })

  test('a session that was removed is found', async () => {
    const gone = new Set(victim.map(({ index }) => index))
    const failures = await verifyAfter(() =>
      rewriteSegment(victim[0]?.file ?? '', (frames) =>
        frames.filter((_, index) => !gone.has(index)),
      ),
    )
    const session = victim[0]?.header.session
    expect(failures.some((failure) => failure.session === session)).toBe(true)
  })

  test('a whole journal that was removed is found', async () => {
    const failures = await verifyAfter(() =>
      rm(join(victim[0]?.file ?? '', '..'), { recursive: true }),
    )
    expect(failures.length).toBeGreaterThan(0)
  })
})

describe('in the store, the journal untouched,', () => {
  const inStore = (attack: (store: OpenStore) => Promise<void>) => () =>
    withStore(platform, async (store) => {
      await attack(store)
    })
  const where = ({ header }: JournalRecord) =>
    `session = '${header.session}' AND seq = ${header.seq}`
  const now = 'SETTINGS mutations_sync = 2'
  /** As somebody who knows the format: bytes changed, leaf hash made right again. */
  const forge = (record: JournalRecord, from: string, to: string) =>
    `ALTER TABLE records_rows UPDATE bytes = replaceOne(bytes, '${from}', '${to}'),
      leaf_hash = toFixedString(SHA256(concat(char(0), replaceOne(bytes, '${from}', '${to}'))), 32)
      WHERE ${where(record)} ${now}`

  test('a row whose bytes were changed is found', async () => {
    const record = ofKind('gatetrail.session.opened')
    const failures = await verifyAfter(
      inStore(
        ({ command }) =>
        command(`ALTER TABLE records_rows UPDATE bytes = replaceOne(bytes, '"victim"', '"someon"') WHERE ${where(record)} ${now}`), // prettier-ignore
      ),
    )
    expect(named(failures, record).length).toBeGreaterThan(0)
  })

  test('a row whose bytes were changed together with its leaf hash is found', async () => {
    const record = ofKind('gatetrail.session.opened')
    const failures = await verifyAfter(
      inStore(({ command }) => command(forge(record, '"victim"', '"someon"'))),
    )
    expect(named(failures, record).length).toBeGreaterThan(0)
  })

  test('a row that was added again with other bytes and a higher version is found', async () => {
    const record = decided()
    const failures = await verifyAfter(
      inStore(
        ({ command }) =>
        command(`INSERT INTO records_rows SELECT * REPLACE (replaceOne(bytes, '"allow"', '"denyy"') AS bytes, row_version + 1 AS row_version) FROM records_rows WHERE ${where(record)}`), // prettier-ignore
      ),
    )
    expect(named(failures, record).length).toBeGreaterThan(0)
  })

  test('a row that was deleted is found', async () => {
    const record = decided()
    const failures = await verifyAfter(
      inStore(({ command }) =>
        command(`ALTER TABLE records_rows DELETE WHERE ${where(record)} ${now}`),
      ),
    )
    expect(failures.some(({ session }) => session === record.header.session)).toBe(true)
  })

  test('two rows whose bytes were swapped are found', async () => {
    const [a, b] = [victim[3], other[3]]
    if (a === undefined || b === undefined) throw new Error('no two records')
    const failures = await verifyAfter(
      inStore(async ({ command, rows }) => {
        const read = async (record: JournalRecord) => {
          const [row] = await rows<{ hex: string; leaf: string }>(
            `SELECT hex(bytes) AS hex, hex(leaf_hash) AS leaf FROM records_rows WHERE ${where(record)}`,
          )
          if (row === undefined) throw new Error('no row')
          return row
        }
        const [first, second] = [await read(a), await read(b)]
        const write = (record: JournalRecord, { hex, leaf }: { hex: string; leaf: string }) =>
          command(`ALTER TABLE records_rows UPDATE bytes = unhex('${hex}'), leaf_hash = toFixedString(unhex('${leaf}'), 32) WHERE ${where(record)} ${now}`) // prettier-ignore
        await write(a, second)
        await write(b, first)
      }),
    )
    expect(named(failures, a).length).toBeGreaterThan(0)
    expect(named(failures, b).length).toBeGreaterThan(0)
  })

  test('a tail that was cut off is found', async () => {
    const { header } = victim[0] ?? decided()
    const failures = await verifyAfter(
      inStore(
        ({ command }) =>
        command(`ALTER TABLE records_rows DELETE WHERE writer = '${header.writer}' AND position > (SELECT max(position) - 10 FROM records_rows WHERE writer = '${header.writer}') ${now}`), // prettier-ignore
      ),
    )
    expect(failures.length).toBeGreaterThan(0)
  })

  test('a session that was removed from every table is found', async () => {
    const session = victim[0]?.header.session ?? ''
    const failures = await verifyAfter(
      inStore(async ({ command, rows }) => {
        const tables = await rows<{ table: string }>(
          `SELECT DISTINCT table FROM system.columns WHERE database = currentDatabase() AND name = 'session' AND table LIKE '%_rows'`,
        )
        expect(tables.length).toBeGreaterThan(4)
        for (const { table } of tables)
          await command(`ALTER TABLE ${table} DELETE WHERE session = '${session}' ${now}`)
      }),
    )
    expect(failures.some((failure) => failure.session === session)).toBe(true)
  })

  test('a derived row that was changed while its record was not is found', async () => {
    const failures = await verifyAfter(
      inStore(
        ({ command }) =>
        command(`ALTER TABLE pii_touches_rows UPDATE subject = 'somebody', principal = 'ci#somebody' WHERE session = '${victim[0]?.header.session}' ${now}`), // prettier-ignore
      ),
    )
    expect(failures.length).toBeGreaterThan(0)
  })

  test('a touch that was deleted while its record was not is found', async () => {
    const failures = await verifyAfter(
      inStore(
        ({ command }) =>
        command(`ALTER TABLE pii_touches_rows DELETE WHERE session = '${victim[0]?.header.session}' ${now}`), // prettier-ignore
      ),
    )
    expect(failures.length).toBeGreaterThan(0)
  })
})
