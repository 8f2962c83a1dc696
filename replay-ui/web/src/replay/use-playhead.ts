/** Where in the session the player is, and how it got there: chosen, sought, played, or with the end of a session that goes on. */
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { WindowStatement } from '@gatetrail/replay-api'
import { advance, microsAt, placeAt, type Pace, type Place } from './playback.ts'
import { statementAt as statementAtQuestion } from './questions.ts'
import type { StatementAt } from './use-statements.ts'

const tickMs = 100
/** A browser lets a page change its address only so often. */
const addressMs = 1_000
const scrubMs = 120

export type PlayheadState = {
  place: Place
  /** What was read around the moment that was gone to. */
  around: readonly WindowStatement[]
  follows: boolean
}

type PlayheadOptions = {
  session: string
  state: PlayheadState
  setState: (change: (old: PlayheadState) => PlayheadState) => void
  total: number
  statementAt: StatementAt
  canFollow: boolean
}

export type Seek = { seq: number; page?: number } | { at: number } | { index: number }

export function usePlayhead(options: PlayheadOptions) {
  const { session, state, setState, total, statementAt, canFollow } = options
  const { at, page: addressed } = useSearch({ from: '/sessions/$session' })
  const navigate = useNavigate({ from: '/sessions/$session' })
  const client = useQueryClient()
  const [pace, setPace] = useState<Pace>({ speed: 1, skipIdle: true })
  const [playing, setPlaying] = useState(false)
  const [scrub, setScrub] = useState<number>()
  const [failure, setFailure] = useState<Error>()
  const written = useRef(at)
  const latest = useRef({ statementAt, pace })
  useEffect(() => {
    latest.current = { statementAt, pace }
  })
  const sought = useRef(0)
  const index = state.follows ? Math.max(0, total - 1) : state.place.index
  const place = state.follows ? { index, waitedMs: 0 } : state.place
  const statement = statementAt(index)
  const page = at !== undefined && at === statement?.seq ? (addressed ?? 0) : 0

  const write = useCallback(
    (seq: number | undefined, rows: number | undefined) => {
      written.current = seq
      // Replaced, not pushed: "back" leads to where the replay was opened from.
      void navigate({
        search: (old) => ({ ...old, at: seq, page: rows === 0 ? undefined : rows }),
        replace: true,
        resetScroll: false,
      })
    },
    [navigate],
  )

  const seek = useCallback(
    async (where: Seek) => {
      const turn = ++sought.current
      setFailure(undefined)
      if ('index' in where) {
        setScrub(undefined)
        setState((old) => ({
          ...old,
          follows: false,
          place: { index: where.index, waitedMs: 0 },
        }))
        return
      }
      if ('at' in where) setScrub(where.at)
      const asked = 'seq' in where ? { seq: where.seq } : { at: Math.round(where.at) }
      try {
        const answer = await client.fetchQuery(statementAtQuestion(session, asked))
        if (turn !== sought.current) return
        const found = answer.current ?? 0
        const around = answer.statements
        const offsetOf = (each: number) => around.find((one) => one.index === each)?.offsetMicros
        setState(() => ({
          follows: false,
          around,
          place:
            'at' in where
              ? placeAt(found, where.at, offsetOf, latest.current.pace.skipIdle)
              : { index: found, waitedMs: 0 },
        }))
        if ('seq' in where) write(around.find((each) => each.index === found)?.seq, where.page)
      } catch (error) {
        if (turn === sought.current) setFailure(error instanceof Error ? error : new Error('?'))
      } finally {
        if (turn === sought.current) setScrub(undefined)
      }
    },
    [client, session, setState, write],
  )

  // The pointer and the keys move the playhead at once; what lies there is asked for when they rest.
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined)
  const scrubTo = useCallback(
    (micros: number) => {
      setScrub(micros)
      clearTimeout(waiting.current)
      waiting.current = setTimeout(() => void seek({ at: micros }), scrubMs)
    },
    [seek],
  )
  useEffect(() => () => clearTimeout(waiting.current), [])

  useEffect(() => {
    if (!playing) return undefined
    let last = performance.now()
    const timer = setInterval(() => {
      const now = performance.now()
      const elapsedMs = now - last
      last = now
      const offsetOf = (each: number) => latest.current.statementAt(each)?.offsetMicros
      setState((old) => ({
        ...old,
        place: advance(old.place, elapsedMs, offsetOf, latest.current.pace),
      }))
    }, tickMs)
    return () => clearInterval(timer)
  }, [playing, setState])
  const atEnd = index >= total - 1
  useEffect(() => {
    if (playing && atEnd) setPlaying(false)
  }, [playing, atEnd])

  // The address says where we are; without `at`, at the end of a session that goes on.
  const seq = state.follows ? undefined : statement?.seq
  const known = state.follows || statement !== undefined
  useEffect(() => {
    if (!known || seq === written.current) return undefined
    const timer = setTimeout(() => write(seq, undefined), playing ? addressMs : 0)
    return () => clearTimeout(timer)
  }, [known, seq, playing, write])
  useEffect(() => {
    if (at !== undefined && at !== written.current) void seek({ seq: at })
  }, [at, seek])

  return {
    index,
    statement,
    page,
    playing: playing && !atEnd,
    pace,
    failure,
    micros: scrub ?? microsAt(place, (each) => statementAt(each)?.offsetMicros, pace.skipIdle),
    seek,
    scrubTo,
    setPace,
    setPlaying,
    turnPage: (wanted: number) => write(statement?.seq, wanted),
    follow: canFollow
      ? () => {
          setPlaying(false)
          setState((old) => ({ ...old, follows: true }))
        }
      : undefined,
  }
}
