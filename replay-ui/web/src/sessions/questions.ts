/** Which sessions there are. Each answer becomes a record: none is asked for unasked. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { sessionsApi, type Asked } from '@gatetrail/replay-api'
import { api } from '../api/client.ts'

type Filter = Omit<Asked<typeof sessionsApi.sessions>['query'], 'limit'>

const perPage = 50
export const runningMax = 20

export const sessions = (filter: Filter) =>
  queryOptions({
    queryKey: ['sessions', filter],
    queryFn: ({ signal }) =>
      api.ask(sessionsApi.sessions, { query: { ...filter, limit: perPage } }, signal),
    placeholderData: keepPreviousData,
  })

/** Those that go on, of whatever day. */
export const runningSessions = (filter: Filter) =>
  queryOptions({
    queryKey: ['running sessions', filter],
    queryFn: ({ signal }) =>
      api.ask(
        sessionsApi.sessions,
        { query: { ...filter, state: 'open', limit: runningMax } },
        signal,
      ),
    placeholderData: keepPreviousData,
  })
