/**
 * Legal holds: what an admin asks not to expire. Placing and lifting are records, and nothing else: ingest reads them from the trail
 * and makes the rows last (ingest/src/store/holds.ts).
 */
import { randomUUID } from 'node:crypto'
import { maskText } from '@gatetrail/detect'
import { GatetrailError, type EventBody } from '@gatetrail/schemas'
import type { FastifyRequest } from 'fastify'
import { controlApi, type Hold } from '@gatetrail/replay-api'
import { z } from 'zod'
import { route } from './route.ts'
import { isoTime } from '../store/question.ts'
import { audited, recordHold, type App, type RouteContext } from './context.ts'

type Placed = EventBody<'gatetrail.hold.placed'>

const holdsMax = 10_000
const row = z.object({ kind: z.string(), time: z.string(), body: z.string() })
const placedBody = z.looseObject({
  hold: z.string(), who: z.string(), reason: z.string(), session: z.string().optional(), principal: z.string().optional(),
  runProvider: z.string().optional(), runId: z.string().optional(), fromMicros: z.int().optional(), toMicros: z.int().optional(),
}) // prettier-ignore

export function registerHolds(app: App, context: RouteContext): void {
  const { options } = context
  const nowMs = options.nowMs ?? Date.now

  const list = async (request: FastifyRequest): Promise<Hold[]> => {
    const questions = context.questionsOf(request)
    const rows = await questions.rows(
      `SELECT kind, toString(time) AS time, body FROM events WHERE tenant = {tenant:String}
        AND kind IN ('gatetrail.hold.placed', 'gatetrail.hold.lifted') ORDER BY events.time LIMIT ${holdsMax * 2}`,
      {},
      row,
    )
    const holds = new Map<string, Hold>()
    for (const { kind, time, body } of rows) {
      const said = placedBody.parse(JSON.parse(body))
      const known = holds.get(said.hold)
      if (kind === 'gatetrail.hold.placed') holds.set(said.hold, answerOf(said, isoTime(time)))
      else if (known !== undefined) known.lifted ??= isoTime(time)
    }
    return [...holds.values()].toReversed()
  }

  route(app, controlApi.holds, async (request) => {
    const holds = await list(request)
    await audited(context, request, 'holds', {}, holds.length)
    return { holds }
  })

  route(app, controlApi.placeHold, async (request) => {
    const { body } = request
    if (
      ![body.session, body.principal, body.runId, body.from, body.to].some(
        (given) => given !== undefined,
      )
    )
      throw new GatetrailError('REQUEST_INVALID', 'the hold names nothing', {
        hint: 'Give session, principal, runId, from or to.',
      })
    if (body.from !== undefined && body.to !== undefined && body.from >= body.to)
      throw new GatetrailError('REQUEST_INVALID', 'the hold ends before it begins', {
        hint: 'Sessions are held that lived at `from` or later and began before `to`.',
      })
    const placed: Placed = {
      hold: randomUUID(),
      who: callerOf(request),
      reason: maskText(body.reason).text,
      ...(body.session !== undefined && { session: body.session }),
      ...(body.principal !== undefined && { principal: body.principal }),
      ...(body.runProvider !== undefined && { runProvider: body.runProvider }),
      ...(body.runId !== undefined && { runId: body.runId }),
      ...(body.from !== undefined && { fromMicros: body.from.getTime() * 1_000 }),
      ...(body.to !== undefined && { toMicros: body.to.getTime() * 1_000 }),
    }
    await recordHold(context, 'gatetrail.hold.placed', placed)
    return { hold: answerOf(placed, new Date(nowMs()).toISOString()) }
  })

  route(app, controlApi.liftHold, async (request) => {
    const found = (await list(request)).find(
      ({ hold }) => hold === request.params.hold.toLowerCase(),
    )
    if (found === undefined)
      throw new GatetrailError('NOT_FOUND', `no hold ${request.params.hold} is in the store`, {
        hint: 'A hold appears about a second after it was placed.',
      })
    const why = maskText(request.body.reason).text
    await recordHold(context, 'gatetrail.hold.lifted', {
      hold: found.hold,
      who: callerOf(request),
      reason: why,
    })
    return { hold: { ...found, lifted: found.lifted ?? new Date(nowMs()).toISOString() } }
  })
}

function callerOf({ caller }: FastifyRequest): string {
  if (caller === undefined) throw new Error('a route with a permission has a caller')
  return caller.name
}

function answerOf(placed: z.infer<typeof placedBody>, time: string): Hold {
  const iso = (micros: number | undefined) =>
    micros === undefined ? null : new Date(micros / 1_000).toISOString()
  return {
    hold: placed.hold,
    reason: placed.reason,
    by: placed.who,
    session: placed.session ?? null,
    principal: placed.principal ?? null,
    run:
      placed.runId === undefined
        ? null
        : { provider: placed.runProvider ?? null, id: placed.runId },
    from: iso(placed.fromMicros),
    to: iso(placed.toMicros),
    placed: time,
    lifted: null,
  }
}
