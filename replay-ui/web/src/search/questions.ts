/** The question of a search, page after page, the newest hits first. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import { searchApi } from '@gatetrail/replay-api'
import { api } from '../api/client.ts'
import { addDays, startOfDay } from '../time/day.ts'
import type { SearchSearch } from './address.ts'

const hitsPerPage = 50

export const hits = (
  { q = '', kind, from, to, connection, principal, run }: SearchSearch,
  zone: string,
) =>
  infiniteQueryOptions({
    queryKey: ['search', q, kind, from, to, connection, principal, run, zone],
    queryFn: ({ pageParam, signal }) =>
      api.ask(
        searchApi.search,
        {
          query: {
            q,
            ...(kind !== undefined && { kind }),
            from: from && startOfDay(from, zone).toISOString(),
            to: to && startOfDay(addDays(to, 1), zone).toISOString(),
            connection,
            principal,
            run,
            cursor: pageParam ?? undefined,
            limit: hitsPerPage,
          },
        },
        signal,
      ),
    initialPageParam: firstPage,
    getNextPageParam: (page) => page.nextCursor,
    enabled: q !== '',
    // Each search is a record, and words that match nothing now match nothing a second later.
    retry: false,
  })

const firstPage: string | null = null
