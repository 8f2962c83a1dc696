/** A report asks once, all of it: the answer and what makes it evidence. Never again unasked: the moment of asking stands on it. */
import { queryOptions } from '@tanstack/react-query'
import { exportApi, piiApi, touchesApi, type TouchesAnswer } from '@gatetrail/replay-api'
import { api } from '../api/client.ts'
import type { TouchQuery } from '../touches/questions.ts'

/** Rows of a report; an export has all of them. */
const rowsMax = 1_000

const once = { staleTime: Infinity, gcTime: 0 } as const

export const dayReport = (on: string, tz: string) =>
  queryOptions({
    ...once,
    queryKey: ['report', 'pii', on, tz],
    queryFn: async ({ signal }) => ({
      answer: await api.ask(piiApi.pii, { query: { on, tz, limit: rowsMax } }, signal),
      evidence: await api.ask(exportApi.evidence, { query: { of: 'pii', on, tz } }, signal),
    }),
  })

export const touchesReport = (query: TouchQuery) =>
  queryOptions({
    ...once,
    queryKey: ['report', 'touches', query],
    queryFn: async ({ signal }) => {
      const answer = await api.ask(
        touchesApi.touches,
        { query: { ...query, limit: rowsMax } },
        signal,
      )
      const asked = evidenceQuery(query, answer)
      return { answer, evidence: await api.ask(exportApi.evidence, { query: asked }, signal) }
    },
  })

/** Both are of one time: left out, its end is another now for each request. */
export function evidenceQuery(query: TouchQuery, { range }: Pick<TouchesAnswer, 'range'>) {
  return { ...query, of: 'touches' as const, ...(query.on === undefined && { to: range.to }) }
}
