/** Every question that a page asks, with its cache key. Each one that reads audit data becomes a record: none is repeated unasked. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { get } from './request.ts'
import {
  calendarShape,
  connectionsShape,
  loginMethodsShape,
  meShape,
  piiShape,
  sessionsShape,
  timelineShape,
  transcriptShape,
} from './shapes.ts'

export const me = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => get(meShape, '/api/me', {}, signal),
  staleTime: 300_000,
})

export const loginMethods = queryOptions({
  queryKey: ['login methods'],
  queryFn: ({ signal }) => get(loginMethodsShape, '/api/login/methods', {}, signal),
})

export const pii = (on: string, tz: string) =>
  queryOptions({
    queryKey: ['pii', on, tz],
    queryFn: ({ signal }) => get(piiShape, '/api/pii', { on, tz }, signal),
  })

export const calendar = (year: number, tz: string) =>
  queryOptions({
    queryKey: ['calendar', year, tz],
    queryFn: ({ signal }) => get(calendarShape, '/api/calendar', { year, tz }, signal),
    placeholderData: keepPreviousData,
  })

export const connections = queryOptions({
  queryKey: ['connections'],
  queryFn: ({ signal }) => get(connectionsShape, '/api/connections', {}, signal),
  staleTime: 300_000,
})

export type SessionsFilter = {
  from: string | undefined
  to: string | undefined
  connection: string | undefined
  principal: string | undefined
  cursor: string | undefined
}

export const sessions = (filter: SessionsFilter) =>
  queryOptions({
    queryKey: ['sessions', filter],
    queryFn: ({ signal }) => get(sessionsShape, '/api/sessions', { ...filter, limit: 50 }, signal),
    placeholderData: keepPreviousData,
  })

const sessionPath = (session: string): string => `/api/sessions/${encodeURIComponent(session)}`

/** Statements of a session, page after page, from the one with this seq on. */
export const timeline = (session: string, from: number) =>
  infiniteQueryOptions({
    queryKey: ['timeline', session, from],
    queryFn: ({ pageParam, signal }) =>
      get(
        timelineShape,
        `${sessionPath(session)}/replay`,
        { from: pageParam, limit: timelineLimit },
        signal,
      ),
    initialPageParam: from,
    getNextPageParam: (page) => page.nextFrom,
  })

export const timelineLimit = 500

export const transcript = (session: string, seq: number, page: number) =>
  queryOptions({
    queryKey: ['transcript', session, seq, page],
    queryFn: ({ signal }) =>
      get(transcriptShape, `${sessionPath(session)}/replay/${seq}`, { page }, signal),
  })
