/** What COPY TO writes is masked and read back by COPY FROM, in every format and wherever the stream is cut. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CopyDescription } from '../facts/copy.ts'
import { describeStatement } from '../facts/describe-statement.ts'
import { emptyEnvironment } from '../facts/environment.ts'
import { loadParser } from '../facts/index.ts'
import type { OutputColumn } from '../facts/lineage.ts'
import { testRelation } from '../facts/testing/test-model.ts'
import {
  postgresBinaries,
  startTestPostgres,
  type TestPostgres,
} from '../testing/postgres-server.ts'
import { CopyOutMask } from './copy-out-mask.ts'
import { byValueAlone } from '../../../detection/testing/detections.ts'
import { ColumnKnowledge } from './column-knowledge.ts'
import { copyPlan, type CopyPlan } from './copy-plan.ts'
import { CoverageCounts } from './coverage-counts.ts'
import { emptySnapshot, snapshotOf } from '../catalogue/snapshot.ts'
import { emptyModel, type Column } from '../catalogue/model.ts'
import { TouchCounts } from './touch-counts.ts'

const columns: readonly (readonly [name: string, type: string, oid: number, tagged: boolean])[] = [
  ['id', 'int', 23, false],
  ['secret', 'text', 25, true],
  ['born', 'date', 1082, true],
  ['amount', 'numeric', 1700, true],
  ['raw', 'bytea', 17, true],
  ['list', 'text[]', 1009, true],
  ['doc', 'jsonb', 3802, true],
  ['note', 'text', 25, false],
]
const options = [
  '',
  `delimiter '|'`,
  `delimiter 'A', null 'NULL'`,
  `delimiter ':'`,
  `delimiter '-'`,
  'format csv',
  `format csv, header, null 'x', force_quote *`,
  `format csv, delimiter ':', quote '''', escape '\\'`,
  `format csv, delimiter E'\\t', quote 'q', escape 'q'`,
  'format binary',
]
const canaries = ['Kestrel', 'Plover', '1961', '4711', '4b657374', 'Wagtail']

const run = promisify(execFile)
const psql = 'psql'
let server: TestPostgres
const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PGHOST: '127.0.0.1',
  PGPORT: String(server.port),
  PGUSER: 'postgres',
  PGDATABASE: 'postgres',
})

async function copyOut(sql: string): Promise<Buffer> {
  const { stdout } = await run(psql, ['-X', '-c', sql], {
    env: environment(),
    encoding: 'buffer',
  })
  return stdout
}

async function copyIn(sql: string, bytes: Buffer): Promise<void> {
  const child = spawn(psql, ['-X', '-v', 'ON_ERROR_STOP=1', '-c', sql], { env: environment() })
  let said = ''
  child.stderr.on('data', (text: Buffer) => (said += text.toString()))
  child.stdin.end(bytes)
  const [code] = await once(child, 'exit')
  expect(said, bytes.toString('latin1')).toBe('')
  expect(code).toBe(0)
}

const place = (name: string): string => `public.people.${name}`
const relation = testRelation({
  oid: 20_000,
  name: 'people',
  columns: columns.map(([name, , typeOid, tagged], index): Column => {
    const column = { attribute: index + 1, name, typeOid, generated: false }
    return tagged ? { ...column, tag: 'SECRET', place: place(name) } : column
  }),
})
const model = {
  ...emptyModel,
  relationsByOid: new Map([[20_000, relation]]),
  relationsByName: new Map([['public.people', relation]]),
}
const snapshot = snapshotOf(model, new Map())

function planFor(sql: string, lineage?: readonly OutputColumn[]): CopyPlan {
  const copy: CopyDescription | undefined = describeStatement(sql, emptyEnvironment).copy
  return copyPlan({
    knowledge: new ColumnKnowledge(byValueAlone),
    showsStored: true,
    copy,
    response: { binary: copy?.format === 'binary', columns: columns.length },
    lineage,
    snapshot,
    mayHoldTagged: true,
    reveal: () => false,
  })
}

/** As the relay does it: message by message, or piece by piece of one message. */
function maskCuts(plan: CopyPlan, bytes: Buffer, cuts: readonly number[], pieces: boolean): Buffer {
  const mask = new CopyOutMask(() => plan, new TouchCounts(), new CoverageCounts())
  const masked: Buffer[] = []
  let start = 0
  for (const cut of [...new Set([...cuts, bytes.length])].toSorted((a, b) => a - b)) {
    const piece = Buffer.from(bytes.subarray(start, cut))
    if (pieces) masked.push(mask.applyPiece(piece, 0, cut === bytes.length).shown)
    else masked.push(piece.subarray(0, mask.apply(piece, 0, piece.length)))
    start = cut
  }
  return Buffer.concat(masked)
}

describe.skipIf(postgresBinaries === undefined)('COPY TO', () => {
  beforeAll(async () => {
    await loadParser()
    server = await startTestPostgres([])
    const list = columns.map(([name, type]) => `${name} ${type}`).join(', ')
    await server.execute(`
      create table people (${list}); create table back (${list});
      insert into people values
        (1, 'Kestrel', '1961-07-03', 4711.5, 'Kestrel', array['Kestrel', 'a b', null], '{"a": "Kestrel"}', 'plain'),
        (2, E'Kes"trel|A:-\\tKestrel\\n\\\\x\\\\.''q', null, -4711, '\\x00ff', '{}', '4711', E'a\\tb|c:d-"e"\\n\\\\A''q'),
        (3, null, '1961-01-01', null, null, null, null, null),
        (4, '', '1961-12-31', 4711, '', array['', '"Plover"'], '[]', ''),
        (5, 'Wagtail, 2', '1961-12-31', 4711, 'Wagtail', array['NULL', 'x,y'], '"Wagtail"', 'x');`)
  })
  afterAll(async () => server?.stop())

  /** The rows that can be read back, the tagged columns only by whether they are NULL. */
  async function check(masked: Buffer, withOptions: string): Promise<void> {
    for (const canary of canaries) expect(masked.includes(canary)).toBe(false)
    const clause = withOptions === '' ? '' : ` with (${withOptions.replace(', force_quote *', '')})`
    await server.execute('truncate back')
    await copyIn(`copy back from stdin${clause}`, masked)
    const shape = columns
      .map(([name, , , tagged]) => (tagged ? `${name} is null` : name))
      .join(', ')
    const rows = (table: string): Promise<Buffer> =>
      copyOut(`copy (select ${shape} from ${table} order by id) to stdout`)
    expect((await rows('back')).toString()).toBe((await rows('people')).toString())
  }

  it.each(options)('with %j is masked and can be read again', async (withOptions) => {
    const sql = `copy people to stdout${withOptions === '' ? '' : ` with (${withOptions})`}`
    const bytes = await copyOut(sql)
    await check(maskCuts(planFor(sql), bytes, [], false), withOptions)
  })

  it.each(options)('with %j shows nothing wherever it is cut', async (withOptions) => {
    const sql = `copy people to stdout${withOptions === '' ? '' : ` with (${withOptions})`}`
    const bytes = await copyOut(sql)
    const cuts = fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 30 })
    fc.assert(
      fc.property(cuts, fc.boolean(), (at, pieces) => {
        const masked = maskCuts(planFor(sql), bytes, at, pieces)
        if (pieces) expect(masked.length).toBe(bytes.length)
        for (const canary of canaries) expect(masked.includes(canary)).toBe(false)
      }),
      { numRuns: 150 },
    )
  })

  it.each(options)('of which nothing is known, with %j, is masked whole', async (withOptions) => {
    const sql = `copy (select * from people) to stdout${withOptions === '' ? '' : ` with (${withOptions})`}`
    const bytes = await copyOut(sql)
    const masked = maskCuts(planFor(sql), bytes, [], false)
    for (const canary of [...canaries, 'plain']) expect(masked.includes(canary)).toBe(false)
    if (withOptions.includes('binary')) await copyIn('copy back from stdin with (format binary)', masked) // prettier-ignore
  })

  it('of untagged columns passes as it is, but for what detectors find', () => {
    const plan = copyPlan({
      knowledge: new ColumnKnowledge(byValueAlone),
      showsStored: true,
      copy: undefined,
      response: { binary: false, columns: 2 },
      lineage: undefined,
      snapshot: emptySnapshot(),
      mayHoldTagged: false,
      reveal: () => false,
    })
    const masked = maskCuts(plan, Buffer.from('a\t123-45-6789\nKestrel\t\\N\n'), [], false)
    expect(masked.toString()).toBe('a\t***-**-****\nKestrel\t\\N\n')
  })
})
