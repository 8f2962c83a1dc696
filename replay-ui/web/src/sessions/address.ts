/** What stands behind the `?` of the list of sessions: its filters. Pure. */
import { sessionsApi } from '@gatetrail/replay-api'
import { day, known, text } from '../address.ts'

const states = sessionsApi.sessionStates
type State = (typeof states)[number]

export type SessionsSearch = {
  on?: string | undefined
  until?: string | undefined
  connection?: string | undefined
  principal?: string | undefined
  state?: State | undefined
  touched?: 'true' | undefined
  refused?: 'true' | undefined
  entity?: string | undefined
  cursor?: string | undefined
}

/** `on`: a day; with `until`, the first day and the last. */
export function sessionsSearch(raw: Readonly<Record<string, unknown>>): SessionsSearch {
  const on = day(raw['on'])
  const until = day(raw['until'])
  const entity = text(raw['entity'], 100)
  return known({
    on,
    until: on !== undefined && until !== undefined && until > on ? until : undefined,
    connection: text(raw['connection'], 200),
    principal: text(raw['principal'], 1_000),
    state: states.find((state) => state === raw['state']),
    touched: raw['touched'] === 'true' ? 'true' : undefined,
    refused: raw['refused'] === 'true' ? 'true' : undefined,
    entity: entity !== undefined && isEntity(entity) ? entity : undefined,
    cursor: text(raw['cursor'], 500),
  })
}

export function isEntity(name: string): boolean {
  return /^[A-Z][A-Z0-9_]{0,99}$/.test(name)
}
