/** Answers of the API about sessions that nobody has time to record for a test: of a million statements, and of terminals. */
import type { Page } from 'playwright-core'
import type {
  Outline,
  StatementWindow,
  TerminalEvent,
  TerminalSlice,
  WindowStatement,
} from '@gatetrail/replay-api'

const microsPerStatement = 86_400

/** A day of a million statements, one each 86 ms; every hundredth one touches, every thousandth is refused. */
export async function answerLongSession(page: Page, total: number): Promise<void> {
  const durationMicros = total * microsPerStatement
  const buckets = 400
  await page.route('**/api/sessions/*/outline*', (route) => {
    const session = sessionIn(route.request().url())
    const answer: Outline = {
      ...{ session, kind: 'statements', ended: true, durationMicros, statements: total },
      bucketMicros: durationMicros / buckets,
      buckets: Array.from({ length: buckets }, (_, bucket) => ({
        ...{ bucket, statements: total / buckets, refused: bucket % 40 === 7 ? 1 : 0, errors: 0 },
        ...{ touched: bucket % 9, revealed: 0, outputBytes: 0 },
      })),
      moments: [],
      momentsLeftOut: 0,
    }
    return route.fulfill({ json: answer })
  })
  await page.route('**/api/sessions/*/statements*', (route) => {
    const url = new URL(route.request().url())
    const number = (name: string) => {
      const given = url.searchParams.get(name)
      return given === null ? undefined : Number(given)
    }
    const asked =
      number('index') ??
      (number('at') === undefined
        ? (number('seq') ?? 0) / 4
        : Math.floor((number('at') ?? 0) / microsPerStatement))
    const current = Math.max(0, Math.min(total - 1, Math.floor(asked)))
    const from = Math.max(0, current - (number('before') ?? 0))
    const length = Math.max(0, Math.min(number('limit') ?? 100, total - from))
    const answer: StatementWindow = {
      ...{ session: sessionIn(url.href), ended: true, durationMicros, total, current },
      statements: Array.from({ length }, (_, at) => statement(from + at)),
    }
    return route.fulfill({ json: answer })
  })
  await page.route('**/api/sessions/*/replay/*', (route) => {
    const url = new URL(route.request().url())
    const seq = Number(url.pathname.split('/').at(-1))
    const rows = Array.from({ length: 200 }, (_, row) => ` ${row} | ${'x'.repeat(60)}`)
    return route.fulfill({
      json: {
        ...{ session: sessionIn(url.href), seq, page: 0, pages: 1, rows: 200, rowsPerPage: 200 },
        ...{ maskedCells: 0, complete: true },
        text: [`orders=> select ${seq / 4}`, ...rows].join('\r\n'),
      },
    })
  })
}

function statement(index: number): WindowStatement {
  return {
    index,
    seq: index * 4,
    time: '2026-03-12T00:00:00.000000Z',
    offsetMicros: index * microsPerStatement,
    text: `select ${index} from orders where status = 'open' and total > ${index % 977}`,
    ...{ textCut: false, path: 'simple', verdict: index % 1_000 === 999 ? 'deny' : 'allow' },
    ...{ policies: ['read.1'], policySet: 'a'.repeat(64), code: null, reason: null },
    ...{ approvalGroups: [], kinds: ['select'], effects: ['read'], reads: ['public.orders'] },
    ...{ writes: [], complete: true, completed: true, rows: 200, bytes: 12_000 },
    ...{ durationMicros: 900, command: 'SELECT 200', error: null, touches: [], transaction: null },
  }
}

/** One keyframe each ten seconds of a minute; a line of output each second. */
export async function answerTerminal(page: Page, hostile: readonly string[]): Promise<void> {
  const durationMicros = 60_000_000
  const sliceMicros = 10_000_000
  await page.route('**/api/sessions/*/outline*', (route) => {
    const answer: Outline = {
      session: sessionIn(route.request().url()),
      ...{ kind: 'terminal', ended: true, durationMicros, statements: 0 },
      bucketMicros: 1_000_000,
      buckets: Array.from({ length: 60 }, (_, bucket) => ({
        ...{ bucket, statements: 0, refused: 0, errors: 0, touched: 0, revealed: 0 },
        outputBytes: 100,
      })),
      moments: [{ kind: 'exit', seq: 9, offsetMicros: durationMicros, label: '0' }],
      momentsLeftOut: 0,
    }
    return route.fulfill({ json: answer })
  })
  await page.route('**/api/sessions/*/terminal*', (route) => {
    const url = new URL(route.request().url())
    const at = Math.min(durationMicros - 1, Number(url.searchParams.get('at') ?? 0))
    const offsetMicros = Math.floor(at / sliceMicros) * sliceMicros
    const firstSecond = offsetMicros / 1_000_000
    const events: TerminalEvent[] = Array.from({ length: 10 }, (_, second) => ({
      kind: 'output',
      offsetMicros: offsetMicros + second * 1_000_000 + 500_000,
      text: `second ${firstSecond + second}${hostile[firstSecond + second] ?? ''}\r\n`,
    }))
    const answer: TerminalSlice = {
      ...{ session: sessionIn(url.href), ended: true, durationMicros, events },
      keyframe: {
        ...{ offsetMicros, columns: 100, rows: 30 },
        state: `from the keyframe at ${firstSecond}\r\n`,
      },
      ...{ isExact: true, preparedMicros: durationMicros },
      nextMicros: offsetMicros + sliceMicros < durationMicros ? offsetMicros + sliceMicros : null,
    }
    return route.fulfill({ json: answer })
  })
}

function sessionIn(url: string): string {
  return new URL(url).pathname.split('/')[3] ?? ''
}
