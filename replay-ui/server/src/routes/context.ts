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
import type { Access, Permission, Role } from '@gatetrail/replay-api'
import type { Caller } from '../access/roles.ts'
import { onRecord, recordRead, type ReadParameters } from '../audit-reads.ts'
import type { ReplayOptions } from '../options.ts'
import type { Questions } from '../store/question.ts'

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>

export type RouteContext = {
  options: ReplayOptions
  /**
   * To the store, for what this caller may see: what belongs to other connections is not there. Whatever does not come from the
   * store (a live session, a file) is shown only after `findSession` with these has found its session.
   */
  questionsOf(request: FastifyRequest): Questions
  /** Of all connections, whoever asks: for what is checked as a whole, after the caller's own right was. */
  wholeTrail: Questions
  /** Whether whoever sent the request could send it again now: not revoked, not signed out, the token not expired. */
  stillAllowed(request: FastifyRequest, permission: Permission): Promise<boolean>
  /**
   * Before an answer leaves that took its time. @throws GatetrailError SESSION_REVOKED, where its caller was revoked meanwhile, or
   * has signed out
   */
  requireStill(request: FastifyRequest): void
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Left out: nobody. */
    access?: Access
    /** A WebSocket: only here an upgrade is answered. */
    socket?: true
    /** Its answer goes on for long: its caller is looked at again and again. */
    long?: true
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
