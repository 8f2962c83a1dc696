/** A row's key as the filters of a question about it. Pure. */
import type { TouchKey } from '@gatetrail/replay-api'
import { unreachable } from '@gatetrail/schemas'
import type { TouchesSearch, TouchFilters } from './address.ts'

/** What it is without is asked for as that: of other repositories is another workflow. */
export function keyFilters(key: TouchKey): TouchFilters {
  switch (key.by) {
    case 'run':
      return key.run === null
        ? { ...(key.session !== null && { session: key.session }) }
        : {
            provider: key.run.provider,
            run: key.run.id,
            attempt: key.run.attempt ?? '',
            principal: key.principal.id,
          }
    case 'session':
      return { session: key.session }
    case 'principal':
      return { principal: key.principal.id }
    case 'workflow':
      return workflowFilters(key)
    case 'place':
      return { place: key.place }
    case 'entity':
      return { entity: key.entity }
    case 'connection':
      return { connection: key.connection }
    case 'policy':
      return { policy: key.policy ?? '' }
    case 'day':
      return {}
    default:
      return unreachable(key)
  }
}

type Workflow = { provider: string | null; repository: string | null; workflow: string | null }

/** A workflow has its name at one provider in one repository. */
export function workflowFilters({ provider, repository, workflow }: Workflow): TouchFilters {
  return { provider: provider ?? '', repository: repository ?? '', workflow: workflow ?? '' }
}

/** What a row changes in the address of its list, on the way to what it holds: one page of another list, narrowed by the row. */
export function deeper(key: TouchKey): TouchesSearch {
  return {
    ...keyFilters(key),
    ...(key.by === 'day' && { from: key.day, to: key.day, last: undefined }),
    cursor: undefined,
    sort: undefined,
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
