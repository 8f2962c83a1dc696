/** What stands behind the `?` of a replay: its moment, and what is open beside it. Pure. */
import { known, whole } from '../address.ts'

export const panels = ['statement', 'decision', 'frames', 'who', 'session', 'none'] as const
export type Panel = (typeof panels)[number]

export type ReplaySearch = {
  at?: number | undefined
  page?: number | undefined
  t?: number | undefined
  panel?: Panel | undefined
}

/** `at`: seq of a statement's decision; `page`: of its rows, from 0 as in the API; `t`: of a terminal, µs since its start. */
export function replaySearch(raw: Readonly<Record<string, unknown>>): ReplaySearch {
  return known({
    at: whole(raw['at']),
    page: whole(raw['page']),
    t: whole(raw['t']),
    panel: panels.find((panel) => panel === raw['panel']),
  })
}
