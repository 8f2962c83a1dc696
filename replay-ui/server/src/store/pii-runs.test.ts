import { expect, it } from 'vitest'
import { counters, runsOf } from './pii-runs.ts'

it('A run names its connections, whichever of its columns an answer has room for', () => {
  const sums = Object.fromEntries(counters.flatMap((name) => [[name, 1], [`all_${name}`, 1]])) as Record<(typeof counters)[number] | `all_${(typeof counters)[number]}`, number> // prettier-ignore
  const [run] = runsOf(
    [{ ...sums, run_key: 'A1', all_runs: 1, session_count: 2, first_time: '2026-03-12 12:00:00.000000', last_time: '2026-03-12 12:00:01.000000' }],
    {
      who: [{
        run_key: 'A1', principal: 'ci#kim', principal_kind: 'ci_job', issuer: 'ci', subject: 'kim', on_behalf_of: [],
        run_provider: 'github', run_id: '4711', run_attempt: '1', run_workflow: '', run_repository: '', run_url: '',
        connections: ['billing', 'orders'],
      }],
      columns: [], moments: [], covered: [],
    },
  ) // prettier-ignore
  expect(run?.connections).toEqual(['billing', 'orders'])
})
