/** What stands behind the `?` of the pages about operation: checked, and everything else forgotten. Pure. */
import { day, known, text } from '../address.ts'

type Raw = Readonly<Record<string, unknown>>

export type PrincipalsSearch = { search?: string | undefined; cursor?: string | undefined }
export type PrincipalSearch = { id?: string | undefined }
export type ConnectionsSearch = { on?: string | undefined }
export type LogSearch = {
  on?: string | undefined
  who?: string | undefined
  question?: string | undefined
  cursor?: string | undefined
}

export function principalsSearch(raw: Raw): PrincipalsSearch {
  return known({ search: text(raw['search'], 200), cursor: text(raw['cursor'], 500) })
}

export function principalSearch(raw: Raw): PrincipalSearch {
  return known({ id: text(raw['id'], 1_000) })
}

export function connectionsSearch(raw: Raw): ConnectionsSearch {
  return known({ on: day(raw['on']) })
}

export function logSearch(raw: Raw): LogSearch {
  return known({
    on: day(raw['on']),
    who: text(raw['who'], 1_000),
    question: text(raw['question'], 100),
    cursor: text(raw['cursor'], 500),
  })
}
