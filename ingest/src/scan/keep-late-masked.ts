/** While ingest runs: what proxies have counted as late is masked in the record, soon after its session has ended. */
import type { Logger } from 'pino'
import { redactLate, type ScanParts } from './run-scan.ts'
import { sessionsWithLateColumns } from './late-columns.ts'

const intervalMs = 30_000
/** Sessions of before are looked at by `gatetrail scan`. */
const lookedBackMs = 48 * 3_600_000
const sessionsPerRoundMax = 200
const sessionsKnownMax = 10_000

export type LateMasking = {
  /** One round now. Returns how many records were redacted. */
  round(): Promise<number>
  stop(): Promise<void>
}

/** `isOurs`: whether this process is the one of all to do it. */
export function startLateMasking(
  parts: ScanParts,
  isOurs: () => boolean,
  log: Logger,
): LateMasking {
  const done = new Set<string>()
  let running: Promise<unknown> | undefined

  async function round(): Promise<number> {
    const { store, tenant } = parts
    const since = Date.now() - lookedBackMs
    const found = await sessionsWithLateColumns(store, tenant, since, sessionsKnownMax)
    const sessions = found.filter((session) => !done.has(session)).slice(0, sessionsPerRoundMax)
    if (sessions.length === 0) return 0
    const redacted = await redactLate(parts, sessions)
    if (parts.signal.aborted) return redacted
    if (done.size > sessionsKnownMax) done.clear() // They are looked at once more, and nothing is found.
    for (const session of sessions) done.add(session)
    if (redacted > 0) log.info({ redacted }, 'records with late findings were redacted')
    return redacted
  }

  const timer = setInterval(() => {
    if (running !== undefined || !isOurs()) return
    running = round()
      .catch((error: unknown) => {
        if (parts.signal.aborted) return
        const message = error instanceof Error ? error.message : 'unknown error'
        log.error({ error: message }, 'late findings could not be redacted: tried again soon')
      })
      .finally(() => (running = undefined))
  }, intervalMs)
  timer.unref()
  return {
    round,
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
