/**
 * What each page of the web app asks for its first content, of a simulated year, through the real API while ingest is running: its
 * requests at once, as a browser makes them, and how long the last of them took. Of several sizes, so that the growth is seen.
 */
import { simulatedPolicySet, simulatedTenant } from '@gatetrail/ingest'
import { startGatetrail, type Gatetrail } from './gatetrail.ts'
import { cpuSeconds } from './process-figures.ts'
import { startRecords } from './records-load.ts'
import { askTimed, withTrail } from './simulated-trail.ts'
import { fixed, percentile, table } from './statistics.ts'
import { freePort } from './targets.ts'

const days = 365
const dayMs = 86_400_000
const asked = 5
const recordsPerSecond = 500
/** As the web app asks. */
const runsPerPage = 100
const rowsPerPage = 200
const reportRows = 1_000

/** As /api/touches knows them. */
const groups = 'run session principal workflow place entity connection policy day'.split(' ')

/** Of an answer about a day, what other pages are opened by. */
type Answer = {
  runs: {
    run: { provider: string; id: string } | null
    principal: { id: string }
    sessions: { session: string; statements: { seq: number | null }[] }[]
  }[]
}
type Request = string | { path: string; body: unknown }
/** `first`: its first content comes with the first of the requests, what is whole with all of them. */
type Page = { name: string; requests: readonly Request[]; first?: boolean }
type Figures = { p50: number; worst: number; cpuMs: number }

/**
 * @returns a table: per page and size the median and the worst time to its first content, warm, and the median of the processor's time
 * that the audit process took meanwhile, ingest in it.
 */
export async function benchPages(
  sizes: readonly number[],
  kept: string | undefined,
): Promise<string> {
  const found: Map<string, Figures>[] = []
  for (const size of sizes) found.push(await benchSize(size, kept))
  const names = [...(found[0]?.keys() ?? [])]
  return table(
    [
      'pages, 365 days, warm, ms to the first content, p50 / worst / CPU; records',
      ...sizes.map((size) => size.toLocaleString('en')),
    ],
    names.map((name) => [name, ...found.map((figures) => cellOf(figures.get(name)))]),
  )
}

function cellOf(figures: Figures | undefined): string {
  return figures === undefined
    ? '–'
    : [figures.p50, figures.worst, figures.cpuMs].map((ms) => fixed(ms, 0)).join(' / ')
}

function benchSize(records: number, kept: string | undefined): Promise<Map<string, Figures>> {
  // Up to yesterday: pages that say nothing of a time mean the one before now.
  const firstMs = Math.floor(Date.now() / dayMs) * dayMs - days * dayMs
  return withTrail({ records, days, from: dateOf(firstMs) }, kept, async (directory) => {
    const gatetrail = await startGatetrail(directory, await freePort(), { tenant: simulatedTenant })
    const load = await startRecords(gatetrail.dataDirectory, recordsPerSecond)
    try {
      const figures = new Map<string, Figures>()
      for (const page of await pagesOf(gatetrail, firstMs)) {
        const found = await benchPage(gatetrail, page)
        figures.set(page.name, found)
        console.error(`${page.name}: ${cellOf(found)}`)
      }
      return figures
    } finally {
      await load.stop()
      await gatetrail.stop()
    }
  })
}

async function benchPage(gatetrail: Gatetrail, page: Page): Promise<Figures> {
  const times = new Float64Array(asked)
  const cpu = new Float64Array(asked)
  await open(gatetrail, page) // Not counted: warm.
  const secondsSpent = () => cpuSeconds(gatetrail.auditProcessId ?? 0) ?? Number.NaN
  for (const index of times.keys()) {
    const before = secondsSpent()
    times[index] = await open(gatetrail, page)
    cpu[index] = (secondsSpent() - before) * 1_000
  }
  return {
    p50: percentile(times, 50),
    worst: percentile(times, 100),
    cpuMs: percentile(cpu, 50),
  }
}

async function open(gatetrail: Gatetrail, { requests, first = false }: Page): Promise<number> {
  const startedAt = performance.now()
  const answers = requests.map((request) =>
    typeof request === 'string'
      ? askTimed(gatetrail, request)
      : askTimed(gatetrail, request.path, request.body),
  )
  const shown = await (first ? answers[0] : Promise.all(answers))
  const ms = performance.now() - startedAt
  if (shown !== undefined) await Promise.all(answers)
  return ms
}

async function pagesOf(gatetrail: Gatetrail, firstMs: number): Promise<Page[]> {
  // A weekday in the middle, with what has happened on it.
  const middleMs = firstMs + Math.floor(days / 2) * dayMs
  const weekday = [0, 1, 2].find((more) => {
    const day = new Date(middleMs + more * dayMs).getUTCDay()
    return day !== 0 && day !== 6
  })
  const dayAtMs = middleMs + (weekday ?? 0) * dayMs
  const on = dateOf(dayAtMs)
  const { answer } = await askTimed(gatetrail, `/api/pii?on=${on}`)
  const { runs } = answer as Answer
  const one = runs.find(({ run }) => run !== null)
  const session = one?.sessions[0]
  const statement = session?.statements.find(({ seq }) => seq !== null)
  if (one?.run == null || session === undefined || statement?.seq == null)
    throw new Error(`no run touched anything on ${on}`)
  const { run, principal } = one
  const ofSession = `/api/sessions/${session.session}`
  const principalId = encodeURIComponent(principal.id)
  const from = (ms: number) => new Date(ms).toISOString()
  const onDay = `from=${from(dayAtMs)}&to=${from(dayAtMs + dayMs)}`
  const range = { 'a day': onDay, 'a month': monthFrom(dayAtMs), 'a year': '' }
  const touches = groups.flatMap((by) =>
    Object.entries(range).flatMap(([name, during]) => {
      const title = `touches by ${by}, ${name}`
      const query = `by=${by}&limit=${rowsPerPage}&${during}`
      return during === ''
        ? overYear(title, query)
        : [{ name: title, requests: [`/api/touches?${query}`, '/api/connections'] }]
    }),
  )
  const report = (path: string, query: string, of: string) => [
    `${path}?${query}&limit=${reportRows}`,
    `/api/evidence?of=${of}&${query}`,
  ]
  const sessions = (query: string) => [
    `/api/sessions?limit=50&${query}`,
    `/api/sessions?limit=20&state=open&${query}`,
    '/api/connections',
  ]
  return [
    {
      name: 'answer about a day',
      requests: ['/api/me', '/api/connections', `/api/pii?on=${on}&limit=${runsPerPage}`],
    },
    { name: '… and then the map of its year', requests: [`/api/calendar?year=${on.slice(0, 4)}`] },
    ...touches,
    ...overYear('touches of a principal', `by=run&principal=${principalId}`),
    ...overYear('touches by a policy', 'by=run&policy=allow-all'),
    {
      name: 'run',
      requests: [`/api/runs/${encodeURIComponent(run.provider)}/${encodeURIComponent(run.id)}`],
    },
    {
      name: 'subject',
      requests: [{ path: '/api/subject', body: { value: '078-05-1120', entity: 'US_SSN' } }],
    },
    { name: 'saved questions', requests: ['/api/questions'] },
    { name: 'report of a day', requests: report('/api/pii', `on=${on}`, 'pii') },
    { name: 'report of a year', requests: report('/api/touches', 'by=run', 'touches') },
    { name: 'sessions', requests: sessions('') },
    { name: 'sessions of a day', requests: sessions(onDay) },
    { name: 'sessions of a principal', requests: sessions(`principal=${principalId}`) },
    { name: 'sessions with refusals', requests: sessions('refused=true') },
    { name: 'search, a frequent word', requests: ['/api/search?q=payments&limit=50'] },
    { name: 'search, no such word', requests: ['/api/search?q=nonesuch&limit=50'] },
    {
      name: 'replay',
      requests: [
        ofSession,
        `${ofSession}/outline`,
        `${ofSession}/statements?index=0&limit=100`,
        `${ofSession}/moment/${statement.seq}`,
      ],
    },
    { name: 'now', requests: ['/api/now', '/api/revocations', '/api/holds'] },
    { name: 'connections', requests: ['/api/connections', `/api/connections/activity?on=${on}`] },
    { name: 'connections, today', requests: ['/api/connections/activity'] },
    { name: 'principals', requests: ['/api/principals?limit=50'] },
    { name: 'principal', requests: [`/api/principal?id=${principalId}`] },
    { name: 'policies', requests: ['/api/policies'] },
    {
      name: 'what a policy set decided',
      requests: [`/api/policies/${simulatedPolicySet}/decisions`],
    },
    { name: 'health', requests: ['/api/health'] },
    { name: 'audit log', requests: ['/api/audit-log?limit=100'] },
  ]
}

/** Of a long time the sums are shown first. */
function overYear(name: string, query: string): Page[] {
  const requests = [`/api/touches/sums?${query}`, `/api/touches?${query}`, '/api/connections']
  return [
    { name, requests, first: true },
    { name: `${name}, whole`, requests },
  ]
}

function monthFrom(ms: number): string {
  return `from=${new Date(ms).toISOString()}&to=${new Date(ms + 30 * dayMs).toISOString()}`
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
