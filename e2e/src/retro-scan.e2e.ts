/**
 * Recorded while nothing was looked for, and found later: `gatetrail scan` is killed in the middle and run again; then no value is in
 * the store, the trail verifies, and who touched a value is answered for what was found late and for what is found as it passes.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { entities } from '@gatetrail/detect'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { createPlatform, type Platform } from './harness/platform.ts'
import { withStore } from './harness/store.ts'

const rowCount = 30_000
const mailOf = (row: number) => `customer.${row}@plover-${row % 97}.example.net`
let platform: Platform

beforeAll(async () => {
  platform = await createPlatform({
    columns: {},
    sections: { detection: { off: entities, columns: false } },
    prepare: async (target) => {
      await target.direct(`
        set role app;
        create table notes (id integer primary key, note text);
        insert into notes select i, 'write to customer.' || i || '@plover-' || (i % 97) || '.example.net soon'
        from generate_series(0, ${rowCount - 1}) i`)
    },
  })
  await platform.start()
})
afterAll(async () => platform?.close())

const showLogs = () => onTestFailed(async () => console.log(await platform.logs()))

async function psql(run: string, statement: string): Promise<string> {
  const token = await platform.issuer.token('analyst', ['everything'], { kind: 'job', run_id: run })
  const { code, stdout, stderr } = await platform.psql(token, ['-At', '-c', statement])
  if (code !== 0) throw new Error(stderr)
  return stdout
}

/** With everything looked for. */
async function lookForAll(): Promise<void> {
  const configuration: Record<string, unknown> = JSON.parse(
    await readFile(platform.configurationFile, 'utf8'),
  )
  delete configuration['detection']
  await writeFile(platform.configurationFile, JSON.stringify(configuration))
}

type Run = {
  run: { id: string } | null
  touches: { outcome: string; retrospective: boolean; entity: string }[]
}

/** Run and outcome of each touch of the value. */
async function subject(value: string): Promise<string[]> {
  const { code, stdout, stderr } = await platform.cli(
    ['audit', 'subject', '--entity', 'EMAIL', '--json'],
    { input: `${value}\n` },
  )
  if (code !== 0) throw new Error(stderr)
  const runs = stdout.split('\n').filter((line) => line !== '')
  return runs
    .map((line): Run => JSON.parse(line))
    .flatMap(({ run, touches }) =>
      touches.map(
        ({ outcome, retrospective }) => `${run?.id} ${outcome}${retrospective ? ' later' : ''}`,
      ),
    )
    .sort()
}

test('what was recorded in the clear is masked in the store by a scan, though it was killed', async () => {
  showLogs()
  expect(await psql('before', 'select id, note from notes')).toContain(mailOf(4_711))
  expect(await psql('before', 'copy notes to stdout')).toContain(mailOf(12))
  expect(await psql('before', `select count(*) from notes where note like '%${mailOf(12)}%'`)).toBe(
    '1\n',
  )
  await platform.settle()
  await platform.stop()
  await lookForAll()
  await platform.start()

  // The audit process dies while the scan is at work, and the supervisor starts another one.
  const cut = platform.cli(['scan', '--since', '1h', '--json'])
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  const wasThere = await platform.killRole('audit')
  const { code: codeOfCut } = await cut
  expect(wasThere).toBe(true)
  await platform.untilReady()
  const { code, stdout, stderr } = await platform.cli(['scan', '--since', '1h', '--json'])
  expect([code, stderr]).toEqual([0, ''])
  const summary: { found: Record<string, number>; recordsRedacted: number } = JSON.parse(
    stdout.trim().split('\n').at(-1)!,
  )
  console.log(`killed (${codeOfCut}); then ${JSON.stringify(summary)}`)
  const again = await platform.cli(['scan', '--since', '1h'])
  expect(again.stdout).toContain('nothing was found')
  expect((await platform.cli(['verify'])).stdout).toMatch(
    /^intact: [^]* records were redacted later/,
  )
})

test('who touched a value is answered for what was found later and for what is found as it passes', async () => {
  showLogs()
  expect(await psql('after', `select note from notes where id = 12`)).not.toContain('customer')
  await psql('full', 'select note from notes')
  await platform.settle()
  expect(await subject(mailOf(12))).toEqual([
    'after masked',
    'before late later',
    'before late later',
    'before late later',
    'full masked',
  ])
  expect(await subject(mailOf(4_711).toUpperCase())).toEqual([
    'before late later',
    'before late later',
  ])
  expect(await subject(mailOf(rowCount))).toEqual([])
})

test('each value is counted once, each record is there once, and no value stands in the store', async () => {
  showLogs()
  await platform.stop()
  await withStore(platform, async ({ rows }) => {
    const [counted] = await rows<Record<string, number>>(
      `SELECT
        (SELECT toFloat64(countIf(position(bytes, '@plover-') > 0)) FROM records) AS records,
        (SELECT toFloat64(countIf(position(payload, '@plover-') > 0)) FROM chunks) AS chunks,
        (SELECT toFloat64(countIf(position(text, '@plover-') > 0)) FROM statements) AS statements,
        (SELECT toFloat64(sum(count)) FROM pii_touches WHERE retrospective) AS found,
        (SELECT toFloat64(count() - uniqExact(session, seq)) FROM records) AS twice`,
    )
    expect(counted).toEqual({
      ...{ records: 0, chunks: 0, statements: 0, twice: 0 },
      found: 2 * rowCount + 1,
    })
    // Of so many values of one statement some have no fingerprint, and that is said.
    const [full] = await rows<Record<string, number>>(
      `SELECT toFloat64(sum(count)) AS touched, toFloat64(sum(unfingerprinted)) AS without,
        (SELECT toFloat64(count()) FROM pii_fingerprints WHERE session IN (SELECT session FROM sessions WHERE run_id = 'full')) AS made
      FROM pii_touches WHERE run_id = 'full'`,
    )
    expect(full).toEqual({ touched: rowCount, made: 4_096, without: rowCount - 4_096 })
  })
})
