import type { Evidence } from '@gatetrail/replay-api'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it, vi } from 'vitest'
import { EvidenceBlock } from './evidence-block.tsx'

vi.mock('../time/use-zone.ts', () => ({ useZone: () => 'Europe/Berlin' }))

const range = { from: '2026-03-01T00:00:00.000Z', to: '2026-03-12T10:11:12.000Z' }
const evidence: Evidence = {
  question: {
    sentence: `Personal data touched, by run, from ${range.from} to ${range.to}, where place is public.\`2026-99-99T9Z\`.x and workflow is nightly-2026-03-12T02:00:00Z`,
    operation: '/api/touches?by=run',
    parameters: {},
  },
  asked: { time: range.to, by: 'dana', role: 'auditor' },
  range: { ...range, tz: 'UTC', defaulted: false },
  coverage: { sessions: 1, inspectedBytes: 1, uninspectedBytes: 0, uninspected: {} },
  gaps: [],
  chain: {
    writers: [],
    gaps: 0,
    broken: 0,
    verified: null,
    sentences: ['verified at 2026-03-12T02:00:00Z, not at 2026-99-99T9Z, by `gatetrail verify`'],
  },
  policySets: [],
  ingest: { lagMs: 0 },
  release: '1.0.0',
}

it('prints times by the clock of its reader, and names as they are', () => {
  const text = renderToStaticMarkup(<EvidenceBlock evidence={evidence} />).replaceAll(
    /<[^>]+>/g,
    '',
  )
  expect(text).toContain(
    'from 2026-03-01 01:00:00 (2026-03-01 00:00:00 UTC) to 2026-03-12 11:11:12 (2026-03-12 10:11:12 UTC), where place is public.`2026-99-99T9Z`.x and workflow is nightly-2026-03-12T02:00:00Z.',
  )
  expect(text).toContain(
    'Verified at 2026-03-12 03:00:00 (2026-03-12 02:00:00 UTC), not at 2026-99-99T9Z, by gatetrail verify.',
  )
})
