import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import type { TimelineStatement } from '@gatetrail/replay-api'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it, vi } from 'vitest'
import { StatementPanel } from './statement-panel.tsx'

vi.mock('../time/use-zone.ts', () => ({ useZone: () => 'UTC' }))

const statement: TimelineStatement = {
  ...{ seq: 7, time: '2026-03-12T02:14:03Z', offsetMicros: 0, text: 'SELECT 1', textCut: false },
  ...{ path: 'simple', verdict: 'allow', policies: [], policySet: '', code: null, reason: null },
  ...{ approvalGroups: [], kinds: [], effects: [], reads: [], writes: [], complete: true },
  ...{ completed: false, rows: 0, bytes: 0, durationMicros: 0, command: null, error: null },
  ...{ touches: [], transaction: null },
}

it.each([
  ['allow', true, 'none yet'],
  ['allow', false, 'not on record'],
  ['deny', true, 'none'],
  ['deny', false, 'none'],
  ['hold', true, 'none'],
])('says of what was decided as %s, in a session that goes on: %s, that its answer is %s', (verdict, goesOn, answer) => {
  const panel = renderToStaticMarkup(
    <QueryClientProvider client={new QueryClient()}>
      <StatementPanel session="s" statement={{ ...statement, verdict }} goesOn={goesOn} />
    </QueryClientProvider>,
  )
  expect(panel).toContain(`<span class="soft">${answer}</span>`)
}) // prettier-ignore
