/** A row's key as the filters of a question about it. Pure. */
import type { TouchKey } from '@gatetrail/replay-api'
import { unreachable } from '@gatetrail/schemas'
import type { TouchFilters } from './address.ts'

/** What is absent (a run, a workflow, a policy) can't be asked for. */
export function keyFilters(key: TouchKey): TouchFilters {
  switch (key.by) {
    case 'run':
      return key.run === null
        ? { ...(key.session !== null && { session: key.session }) }
        : {
            provider: key.run.provider,
            run: key.run.id,
            ...(key.run.attempt !== null && { attempt: key.run.attempt }),
            principal: key.principal.id,
          }
    case 'session':
      return { session: key.session }
    case 'principal':
      return { principal: key.principal.id }
    case 'workflow':
      return {
        ...(key.provider !== null && { provider: key.provider }),
        ...(key.repository !== null && { repository: key.repository }),
        ...(key.workflow !== null && { workflow: key.workflow }),
      }
    case 'place':
      return { place: key.place }
    case 'entity':
      return { entity: key.entity }
    case 'connection':
      return { connection: key.connection }
    case 'policy':
      return key.policy === null ? {} : { policy: key.policy }
    case 'day':
      return {}
    default:
      return unreachable(key)
  }
}

/** One text per key, for lists. */
export function keyName(key: TouchKey): string {
  return key.by === 'run'
    ? JSON.stringify([
        key.run?.provider,
        key.run?.id,
        key.run?.attempt,
        key.session,
        key.principal.id,
        key.onBehalfOf,
      ])
    : JSON.stringify(key)
}
