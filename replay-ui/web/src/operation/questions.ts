/** What the pages about operation ask, each with its cache key. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import {
  auditLogApi,
  controlApi,
  policiesApi,
  principalsApi,
  runningApi,
} from '@gatetrail/replay-api'
import { api } from '../api/client.ts'
import type { LogSearch, PrincipalsSearch } from './address.ts'

export const now = queryOptions({
  queryKey: ['now'],
  queryFn: ({ signal }) => api.ask(runningApi.now, {}, signal),
})

export const health = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => api.ask(runningApi.health, {}, signal),
})

export const connectionActivity = (on: string | undefined, tz: string) =>
  queryOptions({
    queryKey: ['connection activity', on, tz],
    queryFn: ({ signal }) => api.ask(runningApi.connectionActivity, { query: { on, tz } }, signal),
    placeholderData: keepPreviousData,
  })

/** `from`: of the days that are counted. */
export const principals = ({ search, cursor }: PrincipalsSearch, from: string) =>
  queryOptions({
    queryKey: ['principals', search, cursor, from],
    queryFn: ({ signal }) =>
      api.ask(principalsApi.principals, { query: { search, cursor, from, limit: 50 } }, signal),
    placeholderData: keepPreviousData,
  })

export const principal = (id: string, from: string) =>
  queryOptions({
    queryKey: ['principal', id, from],
    queryFn: ({ signal }) => api.ask(principalsApi.principal, { query: { id, from } }, signal),
  })

export const policies = queryOptions({
  queryKey: ['policies'],
  queryFn: ({ signal }) => api.ask(policiesApi.policies, {}, signal),
})

export const policyDecisions = (set: string) =>
  queryOptions({
    queryKey: ['policy decisions', set],
    queryFn: ({ signal }) =>
      api.ask(policiesApi.policyDecisions, { params: { set }, query: {} }, signal),
  })

export const revocations = queryOptions({
  queryKey: ['revocations'],
  queryFn: ({ signal }) => api.ask(controlApi.revocations, {}, signal),
})

export const holds = queryOptions({
  queryKey: ['holds'],
  queryFn: ({ signal }) => api.ask(controlApi.holds, {}, signal),
})

/** `from` and `to`: of the day that is asked for. */
export const auditLog = (
  { who, question, cursor }: LogSearch,
  from: string | undefined,
  to: string | undefined,
) =>
  queryOptions({
    queryKey: ['audit log', who, question, cursor, from, to],
    queryFn: ({ signal }) =>
      api.ask(
        auditLogApi.auditLog,
        { query: { who, question, cursor, from, to, limit: 100 } },
        signal,
      ),
    placeholderData: keepPreviousData,
  })
