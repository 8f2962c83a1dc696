/**
 * Rejections on record, without letting strangers write the journal: one event per (address, reason, 10 s) with a count
 * (design §8). A known principal or connection makes an entry of its own, so that attribution is not lost in a count.
 */
import type { Principal } from '@gatetrail/schemas'
import { limits, principalId } from '@gatetrail/schemas'
import type { Journal } from '@gatetrail/eventlog'
import type { Logger } from 'pino'

export type Rejection = {
  kind: 'gatetrail.identity.rejected' | 'gatetrail.session.refused'
  /** A stable code. */
  reason: string
  message: string
  /** ip */
  clientAddress: string
  /** Only a configured name: what a stranger typed is no name. */
  connection?: string
  issuer?: string
  principal?: Principal
  policies?: string[]
}

export type Rejections = {
  count(rejection: Rejection): void
  /** Writes what waits and stops. */
  close(): void
}

/** More entries than this in one window are counted under the address `other`. */
const entriesMax = 1024

export function createRejections(
  journal: Pick<Journal, 'appendSystem'>,
  log: Logger,
  windowMs: number = limits.beforeAuthentication.rejectionWindowMs,
): Rejections {
  const waiting = new Map<string, { first: Rejection; count: number; timer: NodeJS.Timeout }>()

  const write = (key: string): void => {
    const entry = waiting.get(key)
    if (entry === undefined) return
    waiting.delete(key)
    clearTimeout(entry.timer)
    try {
      append(journal, entry.first, entry.count)
    } catch (error) {
      // The journal is closed or full: the metric has counted them, and the log says what could not be recorded.
      log.error({ error, reason: entry.first.reason, count: entry.count }, 'rejection not recorded')
    }
  }

  return {
    count(rejection) {
      let first = rejection
      let key = keyOf(first)
      if (!waiting.has(key) && waiting.size >= entriesMax) {
        first = {
          kind: rejection.kind,
          reason: rejection.reason,
          message: rejection.message,
          clientAddress: 'other',
        }
        key = keyOf(first)
      }
      const entry = waiting.get(key)
      if (entry !== undefined) {
        entry.count++
        return
      }
      const timer = setTimeout(() => write(key), windowMs)
      timer.unref()
      waiting.set(key, { first, count: 1, timer })
    },
    close() {
      for (const key of waiting.keys()) write(key)
    },
  }
}

function keyOf(rejection: Rejection): string {
  const principal = rejection.principal === undefined ? '' : principalId(rejection.principal)
  const run = rejection.principal?.run?.id ?? ''
  return JSON.stringify([
    rejection.kind,
    rejection.clientAddress,
    rejection.reason,
    rejection.connection ?? '',
    rejection.issuer ?? '',
    principal,
    run,
  ])
}

function append(journal: Pick<Journal, 'appendSystem'>, rejection: Rejection, count: number): void {
  const { reason, message, clientAddress, connection, issuer, principal, policies } = rejection
  const where = connection === undefined ? {} : { connection }
  if (rejection.kind === 'gatetrail.identity.rejected') {
    journal.appendSystem('gatetrail.identity.rejected', {
      reason,
      clientAddress,
      ...where,
      ...(issuer === undefined ? {} : { issuer }),
      count,
    })
    return
  }
  journal.appendSystem('gatetrail.session.refused', {
    reason,
    message,
    clientAddress,
    ...where,
    ...(principal === undefined ? {} : { principal }),
    ...(policies === undefined ? {} : { policies }),
    count,
  })
}
