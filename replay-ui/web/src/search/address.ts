/** What stands behind the `?` of a search: the words too, so that a search can be sent to a colleague. Pure. */
import { searchApi, type SearchKind } from '@gatetrail/replay-api'
import { day, known, text } from '../address.ts'

export type SearchSearch = {
  q?: string | undefined
  kind?: SearchKind | undefined
  from?: string | undefined
  to?: string | undefined
  connection?: string | undefined
  principal?: string | undefined
  run?: string | undefined
}

/** `from` and `to`: days, both included. */
export function searchSearch(raw: Readonly<Record<string, unknown>>): SearchSearch {
  return known({
    q: text(raw['q'], searchApi.searchCharactersMax),
    kind: searchApi.searchKinds.find((kind) => kind === raw['kind']),
    from: day(raw['from']),
    to: day(raw['to']),
    connection: text(raw['connection'], 200),
    principal: text(raw['principal'], 1_000),
    run: text(raw['run'], 1_000),
  })
}
