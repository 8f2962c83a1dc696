/**
 * What the control log means for the sessions of this process: a revocation ends those that it is about and refuses
 * newcomers; without contact to the log for longer than the lease all end, and nobody is let in (design §8). From the
 * ControlLog of @gatetrail/eventlog, to adapters/postgres/sessions.ts and the front door. docs/control-log.md tells the rules.
 */
import type { ControlLog, Journal } from '@gatetrail/eventlog'
import {
  GatetrailError,
  isAbout,
  isGatetrailError,
  unreachable,
  type ControlObject,
  type SessionFacts,
} from '@gatetrail/schemas'
import type { Logger } from 'pino'
import { RevokedIndex } from './revoked.ts'

/** The sessions that can be ended, those that are being opened included. */
export type EndableSessions = {
  readonly size: number
  /** Returns how many. */
  endMatching(matches: (facts: SessionFacts) => boolean, error: GatetrailError): number
}

export type SessionControl = {
  /** Why this caller may have no session now. Never lets one through that a known revocation is about. */
  refusal(facts: SessionFacts): GatetrailError | undefined
  /**
   * Why nothing of a session may be forwarded any more. Asked where bytes come in, and not by a timer alone: a process that
   * was stopped (SIGSTOP, a paused machine) may wake up with bytes before its timers run.
   */
  leaseEnd(): GatetrailError | undefined
  /** For /readyz. */
  notReady(): string[]
  /** Something to tell, although sessions go on. */
  warnings(): string[]
  readonly sessionsRevoked: number
  readonly leaseExpired: boolean
  close(): void
}

export type SessionControlOptions = {
  control: ControlLog
  sessions: EndableSessions
  journal: Pick<Journal, 'appendSystem'>
  leaseSeconds: number
  log: Logger
}

const alarmAfterMs = 30_000
const checkIntervalMs = 250
const tidyIntervalMs = 60_000

export function startSessionControl(options: SessionControlOptions): SessionControl {
  const { control, sessions, journal, log } = options
  const leaseMs = options.leaseSeconds * 1_000
  const alarmMs = Math.min(alarmAfterMs, leaseMs / 2)
  const revoked = new RevokedIndex()
  let sessionsRevoked = 0
  let state: 'in_contact' | 'alarm' | 'expired' = 'in_contact'
  let tidyAtMs = performance.now() + tidyIntervalMs

  const learn = (object: ControlObject): void => revoked.add(object, Date.now(), performance.now())
  const leaseEnd = (): GatetrailError | undefined =>
    control.contactAgeMs() > leaseMs ? leaseExpired() : undefined

  const apply = (object: ControlObject): void => {
    learn(object)
    const { id, version, body } = object
    let sessionsEnded = 0
    switch (body.kind) {
      case 'reference_token':
        return // Looked up when it is used.
      case 'saved_question':
      case 'saved_question_deleted':
        return // For people at the web app.
      case 'revocation_lifted':
        break
      case 'revocation':
        // Ended first, then recorded: a journal that can't be written must keep no session alive.
        sessionsEnded = sessions.endMatching(
          (facts) => isAbout(body.target, facts),
          revocationOf(id),
        )
        sessionsRevoked += sessionsEnded
        break
      default:
        return unreachable(body)
    }
    log.info({ object: id, version, kind: body.kind, sessionsEnded }, 'control object applied')
    recordApplied(journal, { object: id, version, sessionsEnded }, log)
  }

  const check = (): void => {
    const ageMs = control.contactAgeMs()
    const now = ageMs > leaseMs ? 'expired' : ageMs > alarmMs ? 'alarm' : 'in_contact'
    const contactSeconds = Math.round(ageMs / 1_000)
    if (now !== state) {
      state = now
      switch (now) {
        case 'in_contact':
          log.info('the control log is read again')
          break
        case 'alarm':
          log.error(
            { contactSeconds, leaseSeconds: options.leaseSeconds },
            'the control log is out of reach',
          )
          break
        case 'expired':
          log.error(
            { contactSeconds, sessions: sessions.size },
            'the lease is over: all sessions end',
          )
          break
      }
    }
    if (now === 'expired') sessions.endMatching(() => true, leaseExpired())
    if (performance.now() < tidyAtMs) return
    tidyAtMs = performance.now() + tidyIntervalMs
    revoked.expire(performance.now())
  }

  const stopListening = control.onChange(apply)
  // What was there before: it has no session to end, and counts for newcomers.
  for (const object of control.objects()) learn(object)
  const timer = setInterval(check, checkIntervalMs)
  timer.unref()

  const outOfReach = (): string => {
    const { lastError } = control.status()
    const seconds = Math.round(control.contactAgeMs() / 1_000)
    return `the control log is out of reach since ${seconds} s${lastError === undefined ? '' : `: ${lastError}`}`
  }
  return {
    refusal(facts) {
      const id = revoked.find(facts, performance.now())
      return id === undefined ? leaseEnd() : revocationOf(id)
    },
    leaseEnd,
    notReady: () => (leaseEnd() === undefined ? [] : [`${outOfReach()}; the lease is over`]),
    warnings: () =>
      control.contactAgeMs() > alarmMs && leaseEnd() === undefined
        ? [`${outOfReach()}; sessions go on for ${options.leaseSeconds} s in all`]
        : [],
    get sessionsRevoked() {
      return sessionsRevoked
    },
    get leaseExpired() {
      return leaseEnd() !== undefined
    },
    close() {
      clearInterval(timer)
      stopListening()
    },
  }
}

/** Its id is all that the caller is told: the reason is for those who may read the trail. */
function revocationOf(id: string): GatetrailError {
  return new GatetrailError('SESSION_REVOKED', `access was revoked (${id})`, {
    hint: 'Ask who runs Gatetrail: they find the reason under this id.',
  })
}

function leaseExpired(): GatetrailError {
  return new GatetrailError(
    'LEASE_EXPIRED',
    'the control log was out of reach for too long: nobody can tell whether this access still stands',
    { hint: 'Connect again later, or ask who runs Gatetrail.' },
  )
}

function recordApplied(
  journal: Pick<Journal, 'appendSystem'>,
  body: { object: string; version: number; sessionsEnded: number },
  log: Logger,
): void {
  try {
    journal.appendSystem('gatetrail.control.applied', body)
  } catch (error) {
    if (!isGatetrailError(error)) throw error
    log.error({ code: error.code, ...body }, 'an applied control object is not on record')
  }
}
