/** What these pages ask. Each is on record: none is repeated unasked. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { touchesApi, type Asked } from '@gatetrail/replay-api'
import { api } from '../api/client.ts'

export const touchRowsPerPage = 200

export type TouchQuery = Asked<typeof touchesApi.touches>['query']

export const touches = (query: TouchQuery) =>
  queryOptions({
    queryKey: ['touches', query],
    queryFn: ({ signal }) => api.ask(touchesApi.touches, { query }, signal),
    placeholderData: keepPreviousData,
  })

/** What of the first page is known soonest, of a long time. */
export const touchSums = (query: Asked<typeof touchesApi.touchSums>['query']) =>
  queryOptions({
    queryKey: ['touch-sums', query],
    queryFn: ({ signal }) => api.ask(touchesApi.touchSums, { query }, signal),
  })
