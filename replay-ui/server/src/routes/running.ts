/** What goes on at the moment, what each connection carries, and the health of each part. */
import { runningApi, type Health } from '@gatetrail/replay-api'
import { findingsOf } from '../health/findings.ts'
import { dayIn } from '../store/day.ts'
import {
  deadLettersOf,
  gapsLately,
  lastStored,
  storeOf,
  writersOf,
} from '../store/health-question.ts'
import { connectionsOn, whatRuns } from '../store/running-question.ts'
import { z } from 'zod'
import { audited, type App, type RouteContext } from './context.ts'
import { route } from './route.ts'

/** What ingest says of itself, where it is in this process. */
const ingestSays = z.looseObject({
  lagMs: z.number().nullish(),
  lagBytes: z.number().nullish(),
  lagMessages: z.number().nullish(),
  storeError: z.string().nullish(),
  records: z.int().nullish(),
})

export function registerRunning(app: App, context: RouteContext): void {
  const { options } = context
  const { configuration } = options
  const nowMs = options.nowMs ?? Date.now

  route(app, runningApi.now, async (request) => {
    const answer = await whatRuns(context.questionsOf(request), nowMs())
    await audited(context, request, 'now', {}, answer.open.length + answer.refused.length)
    return answer
  })

  route(app, runningApi.connectionActivity, async (request) => {
    const { tz } = request.query
    const day = dayIn(request.query.on ?? dateIn(tz, nowMs()), tz)
    const questions = context.questionsOf(request)
    const { caller } = request
    const configured = configuration.connections.filter(
      ({ name }) => caller?.connections === undefined || caller.connections.includes(name),
    )
    const answer = await connectionsOn(questions, day, configured, nowMs())
    await audited(
      context,
      request,
      'connections.activity',
      { on: day.on, tz },
      answer.connections.length,
    )
    return { on: day.on, tz, from: day.from.toISOString(), to: day.to.toISOString(), ...answer }
  })

  route(app, runningApi.health, async ({ caller }) => {
    const known = { ...(await fromStore()), ...fromHere() }
    // How much there is of everything tells how much there is of the others.
    if (caller?.connections !== undefined && known.store !== null)
      known.store = { ...known.store, tables: null }
    const findings = findingsOf(known, configuration.control.leaseSeconds)
    return { at: new Date(nowMs()).toISOString(), findings, ...known }
  })

  const says = () => ingestSays.parse(options.ingest.status())

  /** It says that the store is away, instead of not answering. */
  async function fromStore(): Promise<
    Pick<Health, 'writers' | 'gaps' | 'deadLetters' | 'store' | 'ingest'>
  > {
    const questions = context.wholeTrail
    const { lagMs, lagBytes, lagMessages, storeError, records } = says()
    const ingest = {
      lagMs: lagMs ?? null,
      lagBytes: lagBytes ?? null,
      lagMessages: lagMessages ?? null,
      storeError: storeError ?? null,
      records: records ?? null,
    }
    try {
      return {
        store: await storeOf(questions),
        writers: await writersOf(questions, nowMs(), lagMs ?? 0),
        gaps: await gapsLately(questions, nowMs()),
        deadLetters: await deadLettersOf(questions),
        ingest: { ...ingest, lastStored: await lastStored(questions, nowMs()) },
      }
    } catch {
      const nothing = { writers: [], gaps: { lastDay: 0, newest: [] }, deadLetters: [] }
      return { store: null, ...nothing, ingest: { ...ingest, lastStored: null } }
    }
  }

  function fromHere(): Pick<Health, 'journal' | 'control'> {
    const { journal, control } = options
    const stats = journal.stats?.()
    const { objects, contactAgeMs, refused, lastError } = control.log.status()
    return {
      journal:
        stats === undefined
          ? null
          : {
              backlogBytes: stats.backlogBytes,
              bytesMax: configuration.journal.bytesMax,
              accepting: !stats.failed,
              spaceLow: stats.spaceLow,
              lastError: stats.lastError ?? null,
            },
      control: {
        objects,
        contactAgeMs: Number.isFinite(contactAgeMs) ? contactAgeMs : null,
        refused: { ...refused },
        lastError: lastError ?? null,
      },
    }
  }
}

/** Today, where the reader is. @throws GatetrailError REQUEST_INVALID for no zone, by dayIn */
function dateIn(timeZone: string, nowMs: number): string {
  const utc = new Date(nowMs).toISOString().slice(0, 10)
  for (const days of [1, 0, -1]) {
    const on = new Date(Date.parse(utc) + days * 86_400_000).toISOString().slice(0, 10)
    const { from, to } = dayIn(on, timeZone)
    if (from.getTime() <= nowMs && nowMs < to.getTime()) return on
  }
  return utc
}
