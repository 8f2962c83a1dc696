/** gatetrail discover and detect --columns: the built command at a real PostgreSQL, with canaries in its tables. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  applicationPassword,
  applicationUser,
  openTarget,
  type Target,
} from './harness/postgres.ts'
import { runProcess, type Finished } from './harness/run-process.ts'

const gatetrail = fileURLToPath(new URL('../../cli/bin/gatetrail.js', import.meta.url))
/** Of every column; in no answer. */
const canary = 'wombat'

let directory = ''
let target: Target
let configuration = ''

const run = (args: readonly string[], input?: string): Promise<Finished> =>
  runProcess(process.execPath, [gatetrail, ...args], {
    cwd: directory,
    env: { ORDERS_PASSWORD: applicationPassword },
    ...(input === undefined ? {} : { input }),
  })

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-discover-'))
  target = await openTarget(join(directory, 'target'))
  await target.direct(`
    create table customers (id int primary key, name text, email text, tagged text, note text);
    insert into customers select i, 'Wanda ${canary}', '${canary}' || i || '@example.org', '${canary}', '${canary} ' || i
    from generate_series(1, 100) i;
    grant select on customers to ${applicationUser}`)
  configuration = `# Who may do what.
listen: { postgres: 127.0.0.1:0 }
identity:
  issuers:
    - name: ci
      issuer: https://ci.example.com
      audience: gatetrail
      jwksFile: jwks.json
      principals: [{ kind: ci_job }]
connections:
  - name: orders   # the shop
    protocol: postgres
    address: 127.0.0.1:${target.port}
    database: shop
    credential: { user: ${applicationUser}, password: { env: ORDERS_PASSWORD } }
    columns:
      public.customers.tagged: OURS # as agreed
      public.customers.gone: EMAIL
policies: [all.cedar]
`
  await writeFile(join(directory, 'gatetrail.yaml'), configuration)
})
afterAll(async () => {
  await target?.close()
  await rm(directory, { recursive: true, force: true })
})

test('the diff adds what was found, with evidence, to a file that stays as it is else; no value is in it', async () => {
  const { stdout, stderr, code } = await run(['discover', 'orders'])
  expect(stderr).toContain(
    '1 tables with 5 columns: 2 tags are proposed, 1 columns are tagged already',
  )
  expect(stderr).toContain('public.customers.tagged: OURS')
  expect(stderr).toMatch(/fit no column[^]*public\.customers\.gone/)
  expect(code).toBe(0)
  const added = stdout.split('\n').filter((line) => /^[+-][^+-]/.test(line))
  expect(added).toEqual([
    '+      public.customers.name: PERSON # certain: named "customers name"; 100 of 100 values fit',
    '+      public.customers.email: EMAIL # certain: named "email"; 100 of 100 values fit',
  ])
  expect(stdout + stderr).not.toContain(canary)
  const applied = await runProcess('git', ['apply', '-'], { cwd: directory, input: stdout })
  expect(applied.stderr).toBe('')
  const after = await readFile(join(directory, 'gatetrail.yaml'), 'utf8')
  expect(after).toContain(`fit\npolicies: [all.cedar]\n`)
  const again = await run(['discover', 'orders'])
  expect(again.stdout).toBe('')
  expect(again.stderr).toContain('0 tags are proposed, 3 columns are tagged already')
})

test('--write does the same at once, and --json says it for programs', async () => {
  await writeFile(join(directory, 'gatetrail.yaml'), configuration)
  const { stdout, stderr } = await run(['discover', 'orders', '--write', '--json'])
  expect(stderr).toBe('')
  const said: unknown = JSON.parse(stdout)
  expect(said).toMatchObject({
    connection: 'orders',
    written: true,
    proposed: [
      { place: 'public.customers.name', entity: 'PERSON', group: 'PERSON', level: 'certain' },
      { place: 'public.customers.email', entity: 'EMAIL', group: 'EMAIL', level: 'certain' },
    ],
    tagged: [{ place: 'public.customers.tagged', dataClass: 'OURS' }],
    unmatched: ['public.customers.gone'],
  })
  expect(stdout).not.toContain(canary)
  const after = await readFile(join(directory, 'gatetrail.yaml'), 'utf8')
  expect(after.split('\n').length).toBe(configuration.split('\n').length + 2)
})

test.each([
  [['discover', 'nothing'], /there is no connection "nothing"[^]*orders/],
  [['discover', 'orders', '--sample', '0'], /from 1 to/],
  [['discover', 'orders', '--config', 'none.yaml'], /there is no file none\.yaml/],
])('%j is refused with a sentence', async (args, sentence) => {
  const { stderr, stdout, code } = await run(args)
  expect(code).not.toBe(0)
  expect(stdout).toBe('')
  expect(stderr).toMatch(sentence)
})

test('detect --columns prints a line for each column that holds personal data', async () => {
  await writeFile(join(directory, 'people.csv'), `id,given_name,total\n1,${canary},9.5\n`)
  const { stdout, code } = await run(['detect', '--columns', 'people.csv', '--json'])
  expect(code).toBe(0)
  expect(stdout).toBe(
    '{"file":"people.csv","column":"given_name","entity":"PERSON","group":"PERSON","level":"certain"}\n',
  )
})
