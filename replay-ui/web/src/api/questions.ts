/** Every question that a page asks, with its cache key. Each one that reads audit data becomes a record: none is repeated unasked. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { piiApi, platformApi, policiesApi } from '@gatetrail/replay-api'
import { api } from './client.ts'

export const me = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => api.ask(platformApi.me, {}, signal),
  staleTime: 300_000,
})

export const loginMethods = queryOptions({
  queryKey: ['login methods'],
  queryFn: ({ signal }) => api.ask(platformApi.loginMethods, {}, signal),
})

/** A day's runs, page after page; totals, coverage and gaps of each page are of all of them. */
export const pii = (on: string, tz: string) =>
  infiniteQueryOptions({
    queryKey: ['pii', on, tz],
    queryFn: ({ pageParam, signal }) =>
      api.ask(piiApi.pii, { query: { on, tz, limit: runsPerPage, cursor: pageParam } }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
  })

const runsPerPage = 100

export const calendar = (year: number, tz: string) =>
  queryOptions({
    queryKey: ['calendar', year, tz],
    queryFn: ({ signal }) => api.ask(piiApi.calendar, { query: { year, tz } }, signal),
    placeholderData: keepPreviousData,
  })

export const connections = queryOptions({
  queryKey: ['connections'],
  queryFn: ({ signal }) => api.ask(platformApi.connections, {}, signal),
  staleTime: 300_000,
})

export const policySet = (set: string) =>
  queryOptions({
    queryKey: ['policy set', set],
    queryFn: ({ signal }) => api.ask(policiesApi.policySet, { params: { set } }, signal),
    // A set never changes: its name is the hash of its texts.
    staleTime: Infinity,
  })
