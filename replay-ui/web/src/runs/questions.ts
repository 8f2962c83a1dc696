/** A run, its timeline page after page. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import { runsApi } from '@gatetrail/replay-api'
import { api } from '../api/client.ts'

export const runMarks = (provider: string, id: string, attempt: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['run', provider, id, attempt],
    queryFn: ({ pageParam, signal }) =>
      api.ask(
        runsApi.run,
        { params: { provider, id }, query: { attempt, cursor: pageParam } },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
  })
