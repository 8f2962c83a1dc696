/**
 * Step 4b of a session: may this principal write here at all? If no policy could ever let it, not even with an approval,
 * its session is read-only at the target too, so that what the facts of a statement don't show can change nothing. From
 * decide-connect.ts, to open-target.ts.
 */
import type { SqlFacts } from '@gatetrail/schemas'
import type { VerifiedIdentity } from '../../identity/index.ts'
import type { PostgresConnection } from './connection.ts'
import { policyConnection } from './decide-connect.ts'
import type { PostgresDependencies } from './dependencies.ts'

/** A write of which nothing more is known: where policies allow writes by relation only, it is denied. */
const canonicalWrite: SqlFacts = {
  kinds: [],
  effects: ['write'],
  reads: [],
  writes: [],
  columns: [],
  filters: [],
  functions: [],
  complete: true,
}

/** Whatever the client asks for at start-up, and however the account is set up, it begins like this. */
export const readOnlySetting = ['default_transaction_read_only', 'on'] as const

/** A hold is no deny: with an approval the write is allowed. */
export function mayOnlyRead(
  address: string,
  { principal }: Pick<VerifiedIdentity, 'principal'>,
  connection: PostgresConnection,
  { policies }: Pick<PostgresDependencies, 'policies'>,
): boolean {
  const moment = { time: new Date(), clientAddress: address }
  const set = policies.current()
  return (
    set.execute(principal, policyConnection(connection), canonicalWrite, moment).verdict === 'deny'
  )
}
