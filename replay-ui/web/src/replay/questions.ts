/** What a replay asks, with its cache keys. Each of it becomes a record: nothing is asked before somebody looks there. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { replayApi, sessionsApi } from '@gatetrail/replay-api'
import { api } from '../api/client.ts'

export const session = (id: string) =>
  queryOptions({
    queryKey: ['session', id],
    queryFn: ({ signal }) => api.ask(sessionsApi.session, { params: { session: id } }, signal),
  })

export const outline = (id: string) =>
  queryOptions({
    queryKey: ['outline', id],
    queryFn: ({ signal }) =>
      api.ask(replayApi.outline, { params: { session: id }, query: {} }, signal),
  })

/** Statements of one window; a replay of any length keeps the few that are looked at. */
export const windowSize = 100
const windowKeptMs = 30_000

/** `known`: how many of the window's statements there are; more of a session that goes on are another answer. */
export const statementWindow = (id: string, number: number, known: number) =>
  queryOptions({
    queryKey: ['statements', id, number, known],
    queryFn: ({ signal }) =>
      api.ask(
        replayApi.statements,
        { params: { session: id }, query: { index: number * windowSize, limit: windowSize } },
        signal,
      ),
    staleTime: Infinity,
    gcTime: windowKeptMs,
  })

/** Where a statement stands: by its seq, or which one was in force at a time. */
export const statementAt = (id: string, place: { seq: number } | { at: number }) =>
  queryOptions({
    queryKey: ['statement at', id, place],
    queryFn: ({ signal }) =>
      api.ask(
        replayApi.statements,
        { params: { session: id }, query: { ...place, before: 10, limit: 40 } },
        signal,
      ),
    gcTime: windowKeptMs,
  })

/** The last statements of a session that goes on, before it is watched. */
export const lastStatements = (id: string) =>
  queryOptions({
    queryKey: ['last statements', id],
    queryFn: ({ signal }) =>
      api.ask(
        replayApi.statements,
        {
          params: { session: id },
          query: { at: Number.MAX_SAFE_INTEGER, before: windowSize / 2, limit: windowSize },
        },
        signal,
      ),
    staleTime: 0,
    gcTime: 0,
  })

export const transcript = (id: string, seq: number, page: number) =>
  queryOptions({
    queryKey: ['transcript', id, seq, page],
    queryFn: ({ signal }) =>
      api.ask(sessionsApi.transcript, { params: { session: id, seq }, query: { page } }, signal),
    gcTime: windowKeptMs,
  })

export const moment = (id: string, seq: number) =>
  queryOptions({
    queryKey: ['moment', id, seq],
    queryFn: ({ signal }) => api.ask(replayApi.moment, { params: { session: id, seq } }, signal),
    gcTime: windowKeptMs,
  })

type FramesFrom = { from: number; fragment: number }

const framesPerPage = 50

export const momentFrames = (id: string, seq: number) =>
  infiniteQueryOptions({
    queryKey: ['moment frames', id, seq],
    queryFn: ({ pageParam, signal }) =>
      api.ask(
        replayApi.momentFrames,
        { params: { session: id, seq }, query: { ...pageParam, limit: framesPerPage } },
        signal,
      ),
    initialPageParam: undefined as FramesFrom | undefined,
    getNextPageParam: ({ next }) => next,
    gcTime: windowKeptMs,
  })

export const find = (id: string, q: string) =>
  infiniteQueryOptions({
    queryKey: ['find', id, q],
    queryFn: ({ pageParam, signal }) =>
      api.ask(replayApi.find, { params: { session: id }, query: { ...pageParam, q } }, signal),
    initialPageParam: undefined as FramesFrom | undefined,
    getNextPageParam: ({ next }) => next,
    gcTime: windowKeptMs,
  })

export const terminalSlice = (id: string, at: number) =>
  queryOptions({
    queryKey: ['terminal', id, at],
    queryFn: ({ signal }) =>
      api.ask(replayApi.terminal, { params: { session: id }, query: { at } }, signal),
    gcTime: windowKeptMs,
  })
