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
import { z } from 'zod'
import type { Caller, Permission, Role } from '../access/roles.ts'
import { recordRead, type ReadParameters } from '../audit-reads.ts'
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

export const errors = {
  400: errorSchema,
  401: errorSchema,
  403: errorSchema,
  404: errorSchema,
  429: errorSchema,
  503: errorSchema,
} as const

const instant = z.iso.datetime({ offset: true })
export const instantParameter = z
  .union([instant, z.iso.date()])
  .transform((text) => new Date(text))
  .describe('ISO 8601 date-time, or a date: its start in UTC')
export const sessionParameter = z.uuid().transform((text) => text.toLowerCase())
