/** Step 4 of a session: may this principal open this connection. From identity, to open-target.ts. */
import { GatetrailError } from '@gatetrail/schemas'
import type { VerifiedIdentity } from '../../identity/index.ts'
import type { PostgresConnection } from './connection.ts'
import type { PostgresDependencies } from './dependencies.ts'
import type { KnownOfCaller } from './turn-away.ts'

/** Default deny; a connection that would need approval is refused until approvals exist. @throws GatetrailError CONNECT_DENIED */
export function decideConnect(
  address: string,
  identity: VerifiedIdentity,
  connection: PostgresConnection,
  known: KnownOfCaller,
  { policies, metrics }: PostgresDependencies,
): string[] {
  const decision = policies.current().connect(identity.principal, policyConnection(connection), {
    time: new Date(),
    clientAddress: address,
  })
  metrics.decided('connect', decision.verdict)
  if (decision.verdict === 'allow') return [...decision.policies]
  known.policies = [...decision.policies]
  const groups = decision.approvalGroups?.join(', ')
  throw new GatetrailError(
    'CONNECT_DENIED',
    `policy does not allow connection "${connection.configuration.name}": ${decision.reason ?? 'no policy allows it'}`,
    {
      hint:
        groups === undefined
          ? 'Ask whoever writes the policies.'
          : `It needs the approval of ${groups}, and approvals are not supported yet.`,
    },
  )
}

/** What policies see of a connection. */
export function policyConnection({ configuration }: PostgresConnection): {
  name: string
  protocol: 'postgres'
  tags: string[]
} {
  const { name, protocol, tags } = configuration
  return { name, protocol, tags }
}
