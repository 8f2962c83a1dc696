/** Who lives in the demo: three workloads with a run each time they ask for a token, and people who sign in. Pure. */
import type { JWTPayload } from 'jose'

/** The part of a token that says who somebody is. `all-staff` is on no allow-list: it is recorded and grants nothing. */
export type Account = {
  readonly name: string
  readonly title: string
  readonly kind: 'workload' | 'person'
  claims(runId: string): JWTPayload
}

const workload = (name: string, title: string, claims: (runId: string) => JWTPayload): Account => ({
  name,
  title,
  kind: 'workload',
  claims,
})

const person = (name: string, title: string, groups: string[]): Account => ({
  name,
  title,
  kind: 'person',
  claims: () => ({ sub: name, account: 'person', name: title, groups: [...groups, 'all-staff'] }),
})

export const accounts: readonly Account[] = [
  workload('nightly-train', 'CI job that trains a model on customers', (runId) => ({
    sub: 'nightly-train',
    account: 'job',
    groups: ['ml-training'],
    repository: 'acme/train',
    workflow: 'nightly-train',
    run_id: runId,
    run_attempt: '1',
  })),
  workload('backup-agent', 'Service account of the backup', (runId) => ({
    sub: 'backup-agent',
    account: 'service',
    groups: ['backup'],
    workflow: 'backup',
    run_id: runId,
  })),
  workload('report-agent', 'Agent that writes reports on behalf of dana.reyes', (runId) => ({
    // RFC 8693 §4.1: the subject is the person, the actor is the agent.
    sub: 'dana.reyes',
    act: { sub: 'report-agent' },
    account: 'agent',
    groups: ['reports'],
    workflow: 'weekly-report',
    run_id: runId,
  })),
  person('fraud-analyst', 'Finn Castillo (fraud desk: may see social security numbers)', [
    'fraud-desk',
  ]),
  person('auditor', 'Alex Auditor (may see the audit trail)', ['auditors']),
  person('dba', 'Dee Becker (database administrator)', ['dba', 'platform']),
]

export function findAccount(name: string): Account | undefined {
  return accounts.find((account) => account.name === name)
}
