/** What every route gets, and how a route says who may ask. */
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { EventBody } from '@gatetrail/schemas'
import { z } from 'zod'
import type { Caller, Permission, Role } from '../access/roles.ts'
import { onRecord, recordRead, type ReadParameters } from '../audit-reads.ts'
import { errorSchema } from '../errors.ts'
import type { ReplayOptions } from '../options.ts'
import type { Questions } from '../store/question.ts'

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>

export type RouteContext = { options: ReplayOptions; questions: Questions }

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `open`: anybody; `signed_in`: any caller; else the permission. Left out: nobody. */
    access?: 'open' | 'signed_in' | Permission
  }
  interface FastifyRequest {
    caller: Caller | undefined
    role: Role | undefined
  }
}

/** Puts the read on record before its answer leaves. */
export async function audited(
  context: RouteContext,
  request: FastifyRequest,
  question: string,
  parameters: ReadParameters,
  rows: number,
): Promise<void> {
  const { caller, role } = request
  if (caller === undefined || role === undefined)
    throw new Error('an audited route asks for a permission')
  await recordRead(context.options.journal, { caller, role, question, parameters, rows })
}

/** Puts on record what is about to go on the control log. @throws GatetrailError JOURNAL_UNWRITABLE: then it may not go. */
export function recordPublished(
  { options: { journal } }: RouteContext,
  { caller }: FastifyRequest,
  published: Omit<EventBody<'gatetrail.control.published'>, 'who'>,
): Promise<void> {
  if (caller === undefined) throw new Error('a route with a permission has a caller')
  journal.appendSystem('gatetrail.control.published', { ...published, who: caller.name })
  return onRecord(journal)
}

/** First: a hold is in force because it is on record. */
export function recordHold<Kind extends 'gatetrail.hold.placed' | 'gatetrail.hold.lifted'>(
  { options: { journal } }: RouteContext,
  kind: Kind,
  body: EventBody<Kind>,
): Promise<void> {
  journal.appendSystem(kind, body)
  return onRecord(journal)
}

export const errors = {
  400: errorSchema,
  401: errorSchema,
  403: errorSchema,
  404: errorSchema,
  409: errorSchema,
  429: errorSchema,
  503: errorSchema,
} as const

const instant = z.iso.datetime({ offset: true })
export const instantParameter = z
  .union([instant, z.iso.date()])
  .transform((text) => new Date(text))
  .describe('ISO 8601 date-time, or a date: its start in UTC')
export const sessionParameter = z.uuid().transform((text) => text.toLowerCase())
