/** The spine: a job reads customers with stock psql; the auditor asks who touched personal data, and sees what it saw. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { createPlatform, type Platform } from './harness/platform.ts'
import { fillShop, taggedColumns, type Customer } from './harness/shop.ts'

let platform: Platform
let customers: Customer[]

beforeAll(async () => {
  platform = await createPlatform({
    columns: taggedColumns,
    prepare: async (target) => {
      customers = await fillShop(target, 50)
    },
  })
  await platform.start()
})
afterAll(() => platform?.close())

type Run = {
  run: { id: string; workflow: string | null; url: string | null } | null
  principal: { id: string; kind: string }
  onBehalfOf: string[]
  columns: { place: string; entity: string; outcome: string; count: number }[]
  values: number
}
type Statement = {
  session: string
  seq: number
  time: string
  principal: { id: string }
  run: { id: string } | null
  connection: string
  statement: string
  verdict: string
  policies: string[]
  reason: string | null
  rows: number | null
  error: { sqlstate: string; message: string } | null
  touches: { entity: string; count: number; place: string; outcome: string }[]
}

const today = () => new Date().toISOString().slice(0, 10)
const job = (run: string) => ({
  run_id: run,
  run_attempt: '1',
  workflow: 'nightly-train',
  repository: 'acme/train',
})
const trainer = (run: string) => platform.issuer.token('nightly-train', ['readers'], job(run))
const showLogs = () => onTestFailed(async () => console.log(await platform.logs()))

/** Asks until `found` says yes; how long it took. */
async function until(sinceMs: number, found: () => Promise<boolean>): Promise<number> {
  while (performance.now() - sinceMs < 10_000) {
    if (await found()) return Math.round(performance.now() - sinceMs)
    await sleep(50)
  }
  throw new Error('not found within 10 s')
}

test('psql with a token reads customers with social security number, email, card and, untagged, name masked', async () => {
  showLogs()
  const { stdout, stderr, code } = await platform.psql(await trainer('run-1'), [
    '-c',
    'select id, name, ssn, email, card from customers order by id',
  ])
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(stdout).toContain('(50 rows)')
  // `customers.name` is known by its name.
  expect(stdout).not.toContain('Customer 50')
  for (const { ssn, email, card } of customers) {
    expect(stdout).not.toContain(ssn)
    expect(stdout).not.toContain(email)
    expect(stdout).not.toContain(card)
  }
  console.log(`${customers.length} customers, ${stdout.length} bytes shown, 0 values in clear`)
})

test('within 2 s of the statement the API and the CLI name the run, its columns, entities and values', async () => {
  showLogs()
  const token = await trainer('run-2')
  const { code } = await platform.psql(token, ['-c', 'select ssn, email from customers limit 20'])
  const since = performance.now()
  expect(code).toBe(0)
  let run: Run | undefined
  const tookMs = await until(since, async () => {
    const answer = await platform.api<{ runs: Run[] }>(`/api/pii?on=${today()}`)
    run = answer.runs.find((one) => one.run?.id === 'run-2')
    return run !== undefined
  })
  console.log(`the run was in the answer ${tookMs} ms after psql ended`)
  expect(tookMs).toBeLessThanOrEqual(2_000)
  expect(run?.principal).toMatchObject({ id: 'ci#nightly-train', kind: 'ci_job' })
  expect(run?.run).toMatchObject({
    workflow: 'nightly-train',
    url: 'https://ci.example.com/acme/train/runs/run-2',
  })
  expect(run?.columns.map(({ place, entity, outcome, count }) => [place, entity, outcome, count].join(' ')).sort()).toEqual([
    'public.customers.email EMAIL masked 20',
    'public.customers.ssn US_SSN masked 20',
  ]) // prettier-ignore
  expect(run?.values).toBe(40)

  const runs = await platform.cliJson<Run>(['audit', 'pii', '--on', 'today'])
  expect(runs.find((one) => one.run?.id === 'run-2')?.columns).toEqual(run?.columns)
  const { stdout } = await platform.cli(['audit', 'pii', '--on', 'today'])
  for (const word of ['run-2', 'nightly-train', 'public.customers.ssn', 'US_SSN', 'masked'])
    expect(stdout).toContain(word)
})

test('two runs of one workflow are two rows of the answer', async () => {
  showLogs()
  for (const run of ['run-3', 'run-4']) {
    await platform.psql(await trainer(run), ['-c', 'select card from customers where id = 7'])
  }
  await platform.settle()
  const { runs } = await platform.api<{ runs: Run[] }>(`/api/pii?on=${today()}`)
  const found = runs.filter(({ run }) => run?.id === 'run-3' || run?.id === 'run-4')
  expect(found.map(({ run, values }) => `${run?.id} ${values}`).sort()).toEqual([
    'run-3 1',
    'run-4 1',
  ])
})

test('an agent that works on behalf of a person is shown with that person', async () => {
  showLogs()
  const token = await platform.issuer.token('dana.reyes', ['readers'], {
    kind: 'agent',
    act: { sub: 'report-agent' },
    run_id: 'report-1',
    workflow: 'report',
    repository: 'acme/reports',
  })
  const { code, stderr } = await platform.psql(token, ['-c', 'select email from customers'])
  expect([code, stderr]).toEqual([0, ''])
  await platform.settle()
  const { runs } = await platform.api<{ runs: Run[] }>(`/api/pii?on=${today()}`)
  const run = runs.find(({ run }) => run?.id === 'report-1')
  expect(run?.principal).toMatchObject({ id: 'ci#report-agent', kind: 'agent' })
  expect(run?.onBehalfOf.join()).toContain('dana.reyes')
})

test('a refused DROP has SQLSTATE 42501 and a reason, is on record, and never reached PostgreSQL', async () => {
  showLogs()
  const token = await platform.issuer.token('backup-agent', ['backup'], { run_id: 'backup-1' })
  const attempts = ['drop table archive', 'drop database shop', 'truncate orders']
  for (const statement of attempts) {
    const { code, stderr } = await platform.psql(token, [
      '-v',
      'VERBOSITY=verbose',
      '-c',
      statement,
    ])
    expect(code).toBe(1)
    expect(stderr).toContain('42501')
    expect(stderr).toContain('backup jobs may read, never change or drop anything')
  }
  const logged = await platform.target.loggedStatements()
  expect(logged.length).toBeGreaterThan(5)
  expect(logged.filter((text) => /^\s*(drop|truncate)/i.test(text))).toEqual([])
  await platform.settle()
  const denied = await platform.cliJson<Statement>(['statements', '--verdict', 'deny'])
  expect(denied.map(({ statement }) => statement).sort()).toEqual([...attempts].sort())
  expect(denied[0]).toMatchObject({
    verdict: 'deny',
    reason: expect.stringContaining('backup jobs may read') as string,
    run: { id: 'backup-1' },
  })
  expect(await platform.target.direct('select count(*)::int as count from orders')).toEqual([
    { count: 500 },
  ])
  console.log(`${attempts.length} refused, ${logged.length} statements in PostgreSQL's log`)
})

test('statements --json gives one object per statement with the documented fields', async () => {
  showLogs()
  await platform.settle()
  const statements = await platform.cliJson<Statement>(['statements'])
  const fields = ['session', 'seq', 'time', 'principal', 'run', 'connection', 'statement']
  fields.push('verdict', 'policies', 'rows', 'error', 'touches')
  for (const statement of statements) expect(Object.keys(statement)).toEqual(expect.arrayContaining(fields)) // prettier-ignore
  expect(statements.length).toBe(8)
  const read = statements.find(({ run }) => run?.id === 'run-2')
  expect(read).toMatchObject({
    connection: 'orders',
    statement: 'select ssn, email from customers limit 20',
    verdict: 'allow',
    rows: 20,
    error: null,
    principal: { id: 'ci#nightly-train' },
  })
  expect(read?.policies.length).toBeGreaterThan(0)
  expect(read?.touches).toHaveLength(2)
  expect(read?.time).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/)
  const one = await platform.cliJson<Statement>(['statements', '--session', read?.session ?? ''])
  expect(one).toEqual([read])
  console.log(`${statements.length} statements`)
})

test('the replay shows what psql showed, character by character, with NULL told from an empty string', async () => {
  showLogs()
  const token = await trainer('run-5')
  const queries = [
    'select id, name, ssn, email, card from customers order by id',
    'select id, customer_id, status from orders where id <= 3 order by id',
    `select 1 as "eins", null as nichts, '' as leer, true as ja, 'ä€😀' as zeichen, array[1,2] as liste`,
    'select nothing from customers',
  ]
  for (const query of queries) {
    const shown = await platform.psql(token, ['-P', 'pager=off', '-P', 'null=NULL', '-c', query])
    await platform.settle()
    const statement = (await platform.cliJson<Statement>(['statements'])).at(-1)
    const replay = await platform.api<{ text: string; complete: boolean }>(
      `/api/sessions/${statement?.session}/replay/${statement?.seq}?colors=false`,
    )
    expect(replay.complete).toBe(true)
    const text = replay.text.replaceAll('\r\n', '\n')
    expect(shown.stdout + shown.stderr).not.toBe('')
    expect(text).toContain((shown.stdout + shown.stderr).trimEnd())
  }
  console.log(`${queries.length} replays compared`)
})

test('policy that reveals a class to one group shows it to that group, masks it on record, and says so', async () => {
  showLogs()
  const token = await platform.issuer.token('fraud', ['fraud-desk'], { run_id: 'fraud-1' })
  const { stdout } = await platform.psql(token, ['-c', 'select ssn, email from customers'])
  expect(customers.filter(({ ssn }) => stdout.includes(ssn))).toHaveLength(50)
  expect(customers.filter(({ email }) => stdout.includes(email))).toHaveLength(0)
  await platform.settle()
  const { runs } = await platform.api<{ runs: Run[] }>(`/api/pii?on=${today()}`)
  const run = runs.find((one) => one.run?.id === 'fraud-1')
  expect(run?.columns.map(({ entity, outcome, count }) => [entity, outcome, count].join(' ')).sort()).toEqual([
    'EMAIL masked 50',
    'US_SSN revealed 50',
  ]) // prettier-ignore
  const statement = (await platform.cliJson<Statement>(['statements'])).at(-1)
  const replay = await platform.api<{ text: string }>(
    `/api/sessions/${statement?.session}/replay/${statement?.seq}?colors=false`,
  )
  expect(replay.text).toContain('50 rows')
  expect(customers.filter(({ ssn }) => replay.text.includes(ssn))).toHaveLength(0)
})

test('a trail that nobody touched verifies as intact', async () => {
  showLogs()
  await platform.settle()
  const { code, stdout, stderr } = await platform.cli(['verify'])
  expect(stderr).toBe('')
  expect(stdout).toContain('intact')
  expect(code).toBe(0)
  console.log(stdout.trim())
})

test('Ctrl-C ends everything, and a second start goes on with the same trail', async () => {
  showLogs()
  await platform.settle()
  const before = await platform.cliJson<Statement>(['statements'])
  expect(await platform.stop()).toBe(0)
  await platform.start()
  const after = await platform.cliJson<Statement>(['statements'])
  expect(after).toEqual(before)
  expect(after.length).toBeGreaterThan(10)
})
