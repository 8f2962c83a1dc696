/** The question turned around, runs and exports: from the record through ingest, chDB and the API, against sums made here. */
import { createSessionStamp, type SessionStamp } from '@gatetrail/eventlog'
import {
  createClient,
  runsApi,
  touchesApi,
  type AnswerOf,
  type Client,
  type TouchGroup,
} from '@gatetrail/replay-api'
import { touchOutcomes, unreachable, type Principal, type Touch } from '@gatetrail/schemas'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  localToken,
  startTestPlatform,
  written,
  type TestPlatform,
} from './testing/test-platform.ts'

const dayMs = 86_400_000
const nowMs = Date.now()
/** Noon three days ago, so that touches fall on several days in every zone. */
const firstMs = Math.floor(nowMs / dayMs) * dayMs - 3 * dayMs + 12 * 3_600_000
const hostile = '=1+1\n\u001b[31m\u202e"quoted",\u0000'

const principals: Principal[] = [
  {
    kind: 'ci_job', issuer: 'ci', subject: 'repo:acme/train', groups: ['ml-training'],
    run: { provider: 'github', id: '4711', attempt: '1', workflow: 'nightly-train', repository: 'acme/train', url: 'https://ci.example.com/4711' },
    onBehalfOf: [{ subject: 'alice', issuer: 'corp' }],
  },
  {
    kind: 'ci_job', issuer: 'ci', subject: 'repo:acme/train', groups: ['ml-training'],
    run: { provider: 'github', id: '4711', attempt: '2', workflow: 'nightly-train', repository: 'acme/train' },
  },
  {
    kind: 'ci_job', issuer: 'ci', subject: 'repo:acme/report', groups: [],
    run: { provider: 'gitlab', id: 'group/4711', workflow: hostile, repository: 'acme/report' },
  },
  { kind: 'human', issuer: 'corp', subject: 'kim', groups: ['dba'] },
] // prettier-ignore

/** What was put on record, flat: the other way to every answer. */
type Known = {
  session: string
  principal: Principal
  connection: string
  statement: number | undefined
  policies: string[]
  timeMs: number
  touch: Touch
}
const known: Known[] = []
let platform: TestPlatform
let api: Client

beforeAll(async () => {
  platform = await startTestPlatform([])
  let random = 7
  const next = (below: number) => {
    random = (random * 48_271) % 2_147_483_647
    return random % below
  }
  const pick = <Value>(values: readonly Value[]): Value => values[next(values.length)]!
  for (let number = 0; number < 24; number++) {
    const beganMs = firstMs + next(2 * dayMs)
    const stamp = createSessionStamp({
      wallMicros: () => beganMs * 1_000,
      monotonicMicros: () => performance.now() * 1_000,
    })
    const principal = principals[number % principals.length]!
    const connection = number % 3 === 0 ? 'orders' : 'billing'
    add(stamp, 'gatetrail.session.opened', {
      principal, connection, protocol: 'postgres', clientAddress: '127.0.0.1:5000',
      clientTls: false, requestedUser: 'postgres', policySet: 'aa', policies: ['connect'],
    }) // prettier-ignore
    add(stamp, 'gatetrail.statement.described', {
      description: 'd', text: `select '${hostile}'`, textBytes: 20,
      facts: { kinds: ['select'], effects: ['read'], reads: [], writes: [], columns: [], filters: [], functions: [], complete: true },
    }) // prettier-ignore
    let seq = 2
    for (let at = 0; at < 12; at++) {
      const policies = pick([['allow-read'], ['allow-read', 'allow-fraud'], []])
      const quiet = next(3) === 0
      const statement = seq
      add(stamp, 'gatetrail.statement.decided', {
        description: 'd', path: 'simple', policies, policySet: 'aa',
        ...(at === 5 ? { verdict: 'deny', code: 'STATEMENT_DENIED', reason: 'no' } : { verdict: 'allow' }),
      }) // prettier-ignore
      seq++
      if (!quiet) {
        const timeMs = beganMs + next(60_000)
        const touches = Array.from({ length: 1 + next(3) }, (): Touch => ({
          place: pick(['public.people.ssn', 'public.people.email', hostile]),
          entity: pick(['US_SSN', 'EMAIL', 'CREDIT_CARD']),
          outcome: pick(touchOutcomes),
          level: 'certain',
          count: 1 + next(50),
        }))
        const isKnown = next(9) !== 0
        add(stamp, 'gatetrail.pii.touched', {
          ...(isKnown && { statement }), startedMicros: timeMs * 1_000, connection, ruleset: 'test', touches,
        }) // prettier-ignore
        seq++
        for (const touch of touches) {
          known.push({
            ...{ session: stamp.id, principal, connection, timeMs, touch },
            statement: isKnown ? statement : undefined,
            policies: isKnown ? policies : [],
          })
        }
      }
    }
    await written(platform.proxy, stamp)
  }
  await platform.ingest.idle()
  api = createClient({
    base: `http://${platform.replay.address}`,
    token: localToken,
    unreachableHint: '',
  })
}, 60_000)
afterAll(() => platform?.close())

function add(
  stamp: SessionStamp,
  kind: Parameters<TestPlatform['proxy']['append']>[0],
  body: object,
): void {
  platform.proxy.append(kind, stamp, JSON.stringify(body))
}

type Filter = Omit<Parameters<typeof askTouches>[0], 'by'>
const askTouches = (query: Parameters<typeof api.ask<typeof touchesApi.touches>>[1]['query']) =>
  api.ask(touchesApi.touches, { query })

/** The same group as text, from what was put on record and from the key of an answer. */
const runText = ({ session, principal }: Pick<Known, 'session' | 'principal'>) =>
  principal.run === undefined
    ? `session ${session}`
    : [principal.run.provider, principal.run.id, principal.run.attempt ?? ''].join(' ')
const nameOf = ({ issuer, subject }: { issuer: string; subject: string }) => `${issuer}#${subject}`
const keysOf: Record<TouchGroup, (one: Known) => string[]> = {
  run: (one) => [`${runText(one)} ${nameOf(one.principal)}`],
  session: ({ session }) => [session],
  principal: ({ principal }) => [nameOf(principal)],
  workflow: ({ principal: { run } }) => [
    `${run?.provider ?? null} ${run?.repository ?? null} ${run?.workflow ?? null}`,
  ],
  place: ({ touch }) => [touch.place],
  entity: ({ touch }) => [touch.entity],
  connection: ({ connection }) => [connection],
  policy: ({ policies }) => (policies.length === 0 ? ['null'] : policies),
  day: ({ timeMs }) => [new Date(timeMs).toISOString().slice(0, 10)],
}
type Row = AnswerOf<typeof touchesApi.touches>['rows'][number]
function keyText({ key }: Row): string {
  switch (key.by) {
    case 'run':
      return `${key.run === null ? `session ${key.session}` : [key.run.provider, key.run.id, key.run.attempt ?? ''].join(' ')} ${key.principal.id}`
    case 'session':
      return key.session
    case 'principal':
      return key.principal.id
    case 'workflow':
      return `${key.provider} ${key.repository} ${key.workflow}`
    case 'place':
      return key.place
    case 'entity':
      return key.entity
    case 'connection':
      return key.connection
    case 'policy':
      return String(key.policy)
    case 'day':
      return key.day
    default:
      return unreachable(key)
  }
}

type Counts = Omit<Row, 'key' | 'firstTime' | 'lastTime'>
function countsOf(some: readonly Known[]): Counts {
  const values = (outcome?: string) =>
    some.reduce(
      (sum, { touch }) =>
        sum + (outcome === undefined || touch.outcome === outcome ? touch.count : 0),
      0,
    )
  const distinct = (texts: readonly string[]) => new Set(texts).size
  return {
    values: values(),
    masked: values('masked'),
    revealed: values('revealed'),
    late: values('late'),
    written: values('written'),
    filtered: values('filtered'),
    sessions: distinct(some.map(({ session }) => session)),
    runs: distinct(some.map(runText)),
    principals: distinct(some.map(({ principal }) => nameOf(principal))),
    statements: distinct(
      some.flatMap((one) =>
        one.statement === undefined ? [] : [`${one.session} ${one.statement}`],
      ),
    ),
    places: distinct(some.map(({ touch }) => touch.place)),
    entities: [...new Set(some.map(({ touch }) => touch.entity))].sort(),
    connections: [...new Set(some.map(({ connection }) => connection))].sort(),
  }
}

function sumsIn({ values, masked, revealed, late, written, filtered }: Counts): Partial<Counts> {
  return { values, masked, revealed, late, written, filtered }
}

const filters: [string, Filter, (one: Known) => boolean][] = [
  ['nothing', {}, () => true],
  ['a provider', { provider: 'github' }, ({ principal }) => principal.run?.provider === 'github'],
  ['a run', { provider: 'gitlab', run: 'group/4711' }, ({ principal }) => principal.run?.id === 'group/4711'],
  ['an attempt', { run: '4711', attempt: '2' }, ({ principal }) => principal.run?.attempt === '2'],
  ['a principal', { principal: 'corp#kim' }, ({ principal }) => principal.subject === 'kim'],
  ['a delegator', { onBehalfOf: 'corp#alice' }, ({ principal }) => principal.onBehalfOf !== undefined],
  ['a workflow', { workflow: hostile }, ({ principal }) => principal.run?.workflow === hostile],
  ['a repository', { repository: 'acme/train' }, ({ principal }) => principal.run?.repository === 'acme/train'],
  ['a place', { place: hostile }, ({ touch }) => touch.place === hostile],
  ['an entity', { entity: 'EMAIL' }, ({ touch }) => touch.entity === 'EMAIL'],
  ['a connection', { connection: 'orders' }, ({ connection }) => connection === 'orders'],
  ['an outcome', { outcome: 'filtered' }, ({ touch }) => touch.outcome === 'filtered'],
  ['a policy', { policy: 'allow-fraud' }, ({ policies }) => policies.includes('allow-fraud')],
  ['a range', { from: new Date(firstMs + dayMs).toISOString(), to: new Date(firstMs + dayMs + 14_400_000).toISOString() },
    ({ timeMs }) => timeMs >= firstMs + dayMs && timeMs < firstMs + dayMs + 14_400_000],
  ['a day', { on: new Date(firstMs + dayMs).toISOString().slice(0, 10) },
    ({ timeMs }) => Math.floor(timeMs / dayMs) === Math.floor((firstMs + dayMs) / dayMs)],
  ['all at once', { provider: 'github', connection: 'billing', entity: 'US_SSN', outcome: 'masked', policy: 'allow-read' },
    ({ principal, connection, touch, policies }) => principal.run?.provider === 'github' && connection === 'billing' &&
      touch.entity === 'US_SSN' && touch.outcome === 'masked' && policies.includes('allow-read')],
  ['no run', { provider: '', run: '' }, ({ principal }) => principal.run === undefined],
  ['no attempt', { provider: 'gitlab', attempt: '' }, ({ principal }) => principal.run?.provider === 'gitlab'],
  ['no workflow and no repository', { workflow: '', repository: '' }, ({ principal }) => principal.run === undefined],
  ['no policy', { policy: '' }, ({ policies }) => policies.length === 0],
  ['what nobody has', { entity: "' OR 1=1 --" }, () => false],
] // prettier-ignore

describe.each(touchesApi.touchGroups)('touches by %s', (by) => {
  it.each(filters)(
    'are the sums of what is on record, filtered by %s',
    async (_name, filter, holds) => {
      const some = known.filter(holds)
      const groups = new Map<string, Known[]>()
      for (const one of some) {
        for (const key of keysOf[by](one)) {
          const isOther = filter.policy !== undefined && key !== (filter.policy || 'null')
          if (by === 'policy' && isOther) continue
          groups.set(key, [...(groups.get(key) ?? []), one])
        }
      }
      const answer = await askTouches({ by, ...filter })
      const rows = new Map(answer.rows.map((row) => [keyText(row), row]))
      expect(new Set(rows.keys())).toEqual(new Set(groups.keys()))
      for (const [key, touched] of groups) {
        const times = touched.map(({ timeMs }) => timeMs)
        const { firstTime, lastTime, ...row } = rows.get(key)!
        expect({ ...row, key }).toEqual({ ...countsOf(touched), key })
        expect([Date.parse(firstTime), Date.parse(lastTime)]).toEqual([
          Math.min(...times),
          Math.max(...times),
        ])
      }
      expect(answer.totals).toEqual(countsOf(some))
      const sums = await api.ask(touchesApi.touchSums, { query: { by, ...filter } })
      const { rows: sumRows, ...summed } = sums
      const rowsSummed = answer.rows.map((row) => ({ ...sumsIn(row), key: row.key, firstTime: row.firstTime, lastTime: row.lastTime })) // prettier-ignore
      expect(sumRows).toEqual(rowsSummed)
      expect(summed).toEqual({ by, range: sums.range, totals: sumsIn(answer.totals), truncated: false }) // prettier-ignore
    },
  )

  it('come in the same order on pages of two as on one', async () => {
    const all = await askTouches({ by })
    const paged: Row[] = []
    let cursor: string | undefined
    for (;;) {
      const page = await askTouches({ by, limit: 2, ...(cursor !== undefined && { cursor }) })
      paged.push(...page.rows)
      expect(page.truncated).toBe(page.nextCursor !== null)
      if (page.nextCursor === null) break
      cursor = page.nextCursor
    }
    expect(paged.map(keyText)).toEqual(all.rows.map(keyText))
  })
})

describe('a run', () => {
  const askRun = (
    provider: string,
    id: string,
    query: { attempt?: string; cursor?: string; limit?: number } = {},
  ) => api.ask(runsApi.run, { params: { provider, id }, query })

  it('has all of its sessions, attempts and those it acted for', async () => {
    const run = await askRun('github', '4711')
    expect(run.attempts).toEqual(['1', '2'])
    expect(run.onBehalfOf).toEqual([['corp#alice']])
    expect(run.principals.map(({ id }) => id)).toEqual(['ci#repo:acme/train'])
    expect(run.totals).toMatchObject({ sessions: 12, open: 12, statements: 12 * 12, denied: 12 })
    const touched = known.filter(({ principal }) => principal.run?.id === '4711')
    expect(run.totals.touchedValues).toBe(countsOf(touched).values)
    const second = await askRun('github', '4711', { attempt: '2' })
    expect(second.totals.sessions).toBe(6)
    expect(second.run).toMatchObject({ provider: 'github', id: '4711', attempt: '2' })
    expect((await askRun('gitlab', 'group/4711')).run.workflow).toBe(hostile)
  })

  it('has one timeline that marks what matters and counts the rest, page by page as in one', async () => {
    const run = await askRun('github', '4711', { limit: 1_000 })
    expect(run.nextCursor).toBeNull()
    const times = run.marks.map(({ time }) => time)
    expect(times).toEqual([...times].sort())
    expect(run.marks.filter(({ kind }) => kind === 'session_opened')).toHaveLength(12)
    const statements = run.marks.filter((mark) => mark.kind === 'statement')
    const isMarked = new Set([
      ...known
        .filter(
          ({ principal, statement }) => principal.run?.id === '4711' && statement !== undefined,
        )
        .map(({ session, statement }) => `${session} ${statement}`),
      ...statements
        .filter(({ verdict }) => verdict === 'deny')
        .map(({ session, seq }) => `${session} ${seq}`),
    ])
    expect(new Set(statements.map(({ session, seq }) => `${session} ${seq}`))).toEqual(isMarked)
    expect(statements.filter(({ verdict }) => verdict === 'deny')).toHaveLength(12)
    const quiet = (marks: typeof run.marks) =>
      marks.reduce((sum, mark) => sum + (mark.kind === 'quiet' ? mark.statements : 0), 0)
    expect(quiet(run.marks) + isMarked.size).toBe(run.totals.statements)
    const values = statements.flatMap(({ touches }) => touches.map(({ count }) => count))
    expect(values.reduce((sum, count) => sum + count, 0)).toBe(
      countsOf(
        known.filter((one) => one.principal.run?.id === '4711' && one.statement !== undefined),
      ).values,
    )
    const paged: typeof run.marks = []
    let cursor: string | undefined
    for (;;) {
      const page = await askRun('github', '4711', {
        limit: 7,
        ...(cursor !== undefined && { cursor }),
      })
      paged.push(...page.marks)
      if (page.nextCursor === null) break
      cursor = page.nextCursor
    }
    expect(paged.filter(({ kind }) => kind !== 'quiet')).toEqual(
      run.marks.filter(({ kind }) => kind !== 'quiet'),
    )
    expect(quiet(paged)).toBe(quiet(run.marks))
  })

  it('that nobody knows is not found', async () => {
    await expect(askRun('github', 'none')).rejects.toMatchObject({ status: 404, code: 'NOT_FOUND' })
  })
})
