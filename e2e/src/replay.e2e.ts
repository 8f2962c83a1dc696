/** What real clients did through the real proxy, and what its replay says of it: on the command line and over the API. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPlatform, type Platform } from './harness/platform.ts'
import { playReplaySessions, prepareReplay, type ReplaySessions } from './web/replay-sessions.ts'

type Timeline = {
  statements: {
    text: string
    transaction: { place: string; failed: boolean; outcome: string | null } | null
  }[]
}

describe('a replay', () => {
  let platform: Platform
  let sessions: ReplaySessions
  const printed = async (session: string): Promise<string> => {
    const { code, stdout, stderr } = await platform.cli(['replay', session], {
      env: { NO_COLOR: '1' },
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return stdout
  }

  beforeAll(async () => {
    platform = await createPlatform({
      prepare: prepareReplay,
      sections: { detection: { columns: false } },
      columns: { 'public.customers.ssn': 'US_SSN', 'public.customers.email': 'EMAIL' },
    })
    await platform.start()
    sessions = await playReplaySessions(platform)
  })
  afterAll(async () => {
    await platform?.close()
  })

  it('brackets transactions, with what became of them, and shows cursors', async () => {
    const { statements } = await platform.api<Timeline>(
      `/api/sessions/${sessions.transactions}/replay`,
    )
    const places = statements.map(({ transaction }) =>
      transaction === null
        ? '-'
        : `${transaction.place}${transaction.failed ? '!' : ''} ${transaction.outcome ?? 'open'}`,
    )
    expect(places).toEqual([
      '-',
      ...['begin committed', 'inside committed', 'inside committed'],
      ...['inside! committed', 'inside! committed', 'inside! committed'],
      ...['inside committed', 'inside committed', 'end committed'],
      'begin rolled_back',
      ...Array.from({ length: 4 }, () => 'inside rolled_back'),
      'end rolled_back',
    ])
    const text = await printed(sessions.transactions)
    expect(text).toContain('orders=!> rollback to savepoint before_it_fails;\nROLLBACK')
    expect(text).toContain('orders=*> fetch 2 from paid;\n id | status \n----+--------\n  4 | paid')
  })

  it('shows notices, notifications, settings, and where in the statement an error is', async () => {
    const text = await printed(sessions.messages)
    for (const part of [
      'WARNING:  about to tell a story\nDETAIL:  Nothing is wrong.\n  told',
      'LINE 1: (select nothing from samples)\n                ^\nQUERY:  (select nothing',
      "-- TimeZone is now 'Europe/Berlin'.",
      'Asynchronous notification "jobs" with payload "order 17 is ready" received',
      'LINE 3:        nmae\n               ^\n',
      'LINE 1: select name as "名前", nothing from customers;\n                               ^',
    ]) {
      expect(text).toContain(part)
    }
  })

  it('shows the rows of a COPY as rows: text, CSV and binary, out and in', async () => {
    const text = await printed(sessions.copies)
    expect(text).toMatch(/^ {8}5 \| Customer 5 \| \*{8}\.\*@[*.-]+ *\| NULL +\| ?$/m)
    expect(text).toContain(' n | text  |  quoted  | nothing | empty \n')
    expect(text).toContain(' 1 | two  +| say "hi" | NULL    | \n   | lines |')
    expect(text).toContain(' \\x00000003 | paid\n(3 rows)')
    expect(text).toContain('-- The client sent:\n id \n----\n  7\n  8\n  9\n(3 rows)\n\nCOPY 3')
  })

  it('reads binary values, shows parameters, and what was asked for in portions', async () => {
    const text = await printed(sessions.binary)
    expect(text).toContain('1 |   19.90 | 2026-03-12 10:11:12.5+00 | {new,NULL,"a b"} | [1,5)')
    expect(text).toMatch(/-- Parameters: \$1 = '.*', \$2 = /)
    expect(text).toContain('Customer 7 | ***-**-****')
    expect(text).toMatch(/ 2\n\(2 rows\)[^]* for 2 more:[^]* 4\n\(2 rows\)[^]* 5\n\(1 row\)/)
    expect(text).toContain('ERROR:  division by zero')
    expect(text).toMatch(/LINE 1: select nmae from customers where id = \$1\n +\^/)
    expect(text).toContain('-- The statement was empty.')
    expect(text).toMatch(/\.long .*… \(\d+ more bytes\)/)
  })
})
