/** Runs a verification and collects what it says. It takes a while and is on record: it begins when somebody asks for it. */
import { useEffect, useRef, useState } from 'react'
import { platformApi, type VerifyFailure, type VerifySummary } from '@gatetrail/replay-api'
import { api } from '../api/client.ts'

/** More are counted, not shown. */
const failuresShownMax = 500

/** Of the records of whoever wrote the session. */
export type Read = { records: number; total: number }

type Verification =
  | { state: 'not_begun' }
  | { state: 'running'; startedMs: number; failures: readonly VerifyFailure[]; read?: Read }
  | { state: 'done'; endedMs: number; failures: readonly VerifyFailure[]; summary: VerifySummary }
  | { state: 'broken'; error: Error }

export function useVerification(session: string) {
  const [verification, setVerification] = useState<Verification>({ state: 'not_begun' })
  const running = useRef<AbortController>(undefined)
  useEffect(() => () => running.current?.abort(), [])

  const start = async () => {
    const stop = new AbortController()
    running.current = stop
    const startedMs = Date.now()
    const failures: VerifyFailure[] = []
    let summary: VerifySummary | undefined
    let read: Read | undefined
    const tell = () =>
      setVerification({
        state: 'running',
        startedMs,
        failures: [...failures],
        ...(read && { read }),
      })
    tell()
    try {
      const lines = api.lines(platformApi.verify, { query: { session } }, stop.signal)
      for await (const line of lines) {
        if (line.type === 'summary') summary = line
        if (line.type === 'progress') {
          const { records, recordsTotal: total } = line
          if (records === undefined || total === undefined) continue
          read = { records, total }
          tell()
        }
        if (line.type !== 'failure' || failures.length >= failuresShownMax) continue
        failures.push(line)
        tell()
      }
      if (summary === undefined) throw new Error('the verification ended without a result')
      setVerification({ state: 'done', endedMs: Date.now(), failures, summary })
    } catch (error) {
      if (stop.signal.aborted) return
      setVerification({
        state: 'broken',
        error: error instanceof Error ? error : new Error(String(error)),
      })
    }
  }
  return { verification, start }
}
