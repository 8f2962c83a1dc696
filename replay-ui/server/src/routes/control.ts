/**
 * Revocations: what an admin tells every proxy by the control log. Each is on record before it takes effect. Who may do what
 * with them: access/roles.ts; what proxies make of them: docs/control-log.md.
 */
import { randomUUID } from 'node:crypto'
import type { PreparedObject } from '@gatetrail/eventlog'
import { maskText } from '@gatetrail/detect'
import {
  describeTarget,
  GatetrailError,
  type ControlObject,
  type RevocationTarget,
} from '@gatetrail/schemas'
import type { FastifyRequest } from 'fastify'
import { controlApi, type Revocation } from '@gatetrail/replay-api'
import { route } from './route.ts'
import { RateLimit } from '../access/rate-limit.ts'
import { TooManyAttempts } from '../errors.ts'
import { publishesMax } from '../limits.ts'
import { audited, recordPublished, type App, type RouteContext } from './context.ts'

const dayMs = 86_400_000
/** Every proxy must hear of it, also one that comes back late: an object is kept at least as long. */
const keptMsMin = dayMs
export function registerControl(app: App, context: RouteContext): void {
  const { options } = context
  const { log, publisher } = options.control
  const nowMs = options.nowMs ?? Date.now
  const limit = new RateLimit(publishesMax)
  const keptMs = Math.max(keptMsMin, options.configuration.control.leaseSeconds * 2_000)

  const publish = async (
    request: FastifyRequest,
    prepared: PreparedObject,
    summary: string,
    why: string,
  ): Promise<Revocation> => {
    const { id, version, notAfterMs } = prepared.object
    // First: nothing takes effect that is not on record.
    await recordPublished(context, request, {
      object: id,
      version,
      summary,
      reason: why,
      notAfterMicros: notAfterMs * 1_000,
    })
    await publisher.publish(prepared)
    return answerOf(prepared.object, nowMs())
  }
  const throttle = ({ ip }: FastifyRequest): void => {
    if (!limit.take(ip, nowMs())) throw new TooManyAttempts('revocations')
  }

  route(app, controlApi.revocations, async (request) => {
    // An empty list would say that nothing is revoked.
    if (log.contactAgeMs() === Infinity) {
      throw new GatetrailError('KAFKA_UNAVAILABLE', 'the control log has not been read yet', {
        hint: 'Look at the brokers and at log.kafka.',
      })
    }
    const revocations: Revocation[] = []
    for (const object of log.objects())
      if (isRevocation(object)) revocations.push(answerOf(object, nowMs()))
    revocations.sort((left, right) => (left.time < right.time ? 1 : -1))
    await audited(context, request, 'revocations', {}, revocations.length)
    return { revocations, key: publisher.publicKey }
  })

  route(app, controlApi.revoke, async (request) => {
    throttle(request)
    const { action, target, forSeconds } = request.body
    checkIssuer(target, context)
    if (action === 'kill' && forSeconds !== undefined) {
      throw new GatetrailError('REQUEST_INVALID', 'a kill has no duration', {
        hint: 'Use the action revoke to refuse newcomers, too.',
      })
    }
    const now = nowMs()
    const refuseUntilMs =
      action === 'kill' ? now : now + (forSeconds ?? controlApi.revokedSecondsDefault) * 1_000
    // It goes to the log and to every proxy: a reason is free text.
    const why = maskText(request.body.reason).text
    const prepared = publisher.prepare({
      id: `revocation/${randomUUID()}`,
      notAfterMs: Math.max(refuseUntilMs, now + keptMs),
      body: {
        kind: 'revocation',
        action,
        target,
        refuseUntilMs,
        reason: why,
        by: nameOf(request),
      },
    })
    const until = action === 'kill' ? '' : ` until ${new Date(refuseUntilMs).toISOString()}`
    const summary = `${action} ${describeTarget(target)}${until}`
    const revocation = await publish(request, prepared, summary, why)
    return { revocation }
  })

  route(app, controlApi.liftRevocation, async (request) => {
    throttle(request)
    const id = `revocation/${request.params.id.toLowerCase()}`
    const held = log.get(id)
    if (held === undefined || !isRevocation(held)) {
      throw new GatetrailError('NOT_FOUND', `there is no ${id} in force`, {
        hint: 'List them: gatetrail revocations.',
      })
    }
    if (answerOf(held, nowMs()).state !== 'in_force') {
      throw new GatetrailError('REQUEST_INVALID', `${id} refuses nobody any more`, {
        hint: 'Only what is in force can be lifted: gatetrail revocations shows it.',
      })
    }
    const why = maskText(request.body.reason).text
    const { target } = held.body
    const prepared = publisher.prepare({
      id,
      notAfterMs: held.notAfterMs,
      body: { kind: 'revocation_lifted', target, reason: why, by: nameOf(request) },
    })
    const summary = `lift the revocation of ${describeTarget(target)}`
    return { revocation: await publish(request, prepared, summary, why) }
  })
}

/** A typing error would revoke nobody, and nobody would notice. */
function checkIssuer(target: RevocationTarget, { options }: RouteContext): void {
  if (target.type !== 'subject' && target.type !== 'token') return
  const names = options.configuration.identity.issuers.map(({ name }) => name)
  if (names.includes(target.issuer)) return
  throw new GatetrailError('REQUEST_INVALID', `no issuer is named ${target.issuer}`, {
    hint: `Issuers are named in gatetrail.yaml: ${names.join(', ')}.`,
  })
}

function nameOf({ caller }: FastifyRequest): string {
  if (caller === undefined) throw new Error('a route with a permission has a caller')
  return caller.name
}

type RevocationObject = ControlObject & {
  body: Extract<ControlObject['body'], { kind: 'revocation' | 'revocation_lifted' }>
}

function isRevocation(object: ControlObject): object is RevocationObject {
  return object.body.kind === 'revocation' || object.body.kind === 'revocation_lifted'
}

function answerOf(object: ControlObject, nowMs: number): Revocation {
  if (!isRevocation(object)) throw new Error('this is a list of revocations')
  const { id, version, issuedAtMs, body } = object
  const { target, reason: why, by } = body
  const common = { id, version, target, reason: why, by, time: new Date(issuedAtMs).toISOString() }
  if (body.kind === 'revocation_lifted')
    return { ...common, state: 'lifted', action: 'revoke', until: null }
  const { action, refuseUntilMs } = body
  if (action === 'kill') return { ...common, state: 'done', action, until: null }
  return {
    ...common,
    state: refuseUntilMs > nowMs ? 'in_force' : 'over',
    action,
    until: new Date(refuseUntilMs).toISOString(),
  }
}
