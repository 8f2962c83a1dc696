/** An operation of the API → its route: who may, what is given and what comes back are the operation's. */
import { errorShape, type Access, type Operation } from '@gatetrail/replay-api'
import { GatetrailError } from '@gatetrail/schemas'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { z } from 'zod'
import { fileStallMs } from '../limits.ts'
import type { App } from './context.ts'

type Parsed<Op, Part extends string> = Op extends { [name in Part]: infer Shape extends z.ZodType }
  ? z.output<Shape>
  : unknown

/** The request of an operation, its parts checked and parsed. */
export type AskedOf<Op extends Operation> = FastifyRequest<{
  Params: Parsed<Op, 'params'>
  Querystring: Parsed<Op, 'query'>
  Body: Parsed<Op, 'body'>
}>

/** What the handler gives: the answer; of a stream: the reply that it has begun. */
type Given<Op extends Operation> = Op extends { stream: string }
  ? FastifyReply
  : z.input<Op['answer']>

const error = (when: string) => errorShape.describe(when)
const errors = {
  400: error('What was asked is not valid: the message says what'),
  401: error('Nobody knows who asks: sign in, or send a token'),
  403: error('Who asks may not, or was revoked, or another page asked with our cookie'),
  404: error('It is not on record, or belongs to a connection that the caller may not see'),
  409: error('Somebody else was faster'),
  429: error('Too many: wait a minute'),
  503: error('The store, the journal or the issuer does not answer: try again'),
} as const

const anything = z.unknown()
const streamTypes = {
  lines: 'application/x-ndjson',
  file: 'a file',
  socket: 'WebSocket: JSON messages',
} as const

/** What the document says of an operation besides its shapes. */
function documented({ path, access, summary }: Operation) {
  return {
    summary,
    tags: [path.split('/')[2] ?? ''],
    description: needs[access] ?? `Needs the permission ${access}.`,
    ...(access === 'open' && { security: [] }),
  }
}

const needs: Partial<Record<Access, string>> = {
  open: 'Open to anybody.',
  signed_in: 'For whoever has shown who they are, even without a role.',
}

export function route<Op extends Operation>(
  app: App,
  op: Op,
  handler: (request: AskedOf<Op>, reply: FastifyReply) => Given<Op> | Promise<Given<Op>>,
): void {
  const { method, path, access, params, query, body, stream, status = 200 } = op
  const shape = stream === undefined ? op.answer : anything.describe(streamTypes[stream])
  const response: Record<number, z.ZodType> = { [status]: shape, ...errors }
  app.route({
    method,
    url: path,
    // A HEAD would read a whole stream, and put on record that it was sent.
    exposeHeadRoute: stream === undefined,
    config: { access, ...(stream !== undefined && { long: true }) },
    schema: {
      ...documented(op),
      ...(params !== undefined && { params }),
      ...(query !== undefined && { querystring: query }),
      ...(body !== undefined && { body }),
      response,
    },
    handler: async (request, reply): Promise<unknown> => {
      // Longer than a question may take: nothing moved, so nobody reads.
      if (stream === 'file') reply.raw.setTimeout(fileStallMs, () => reply.raw.destroy())
      const given = await handler(request as AskedOf<Op>, reply)
      if (stream !== undefined || reply.sent) return reply
      void reply.code(status)
      return given
    },
  })
}

/**
 * An operation of the API → its WebSocket. `prepare` comes before the upgrade, so that what it throws is an answer of HTTP; `opened` has
 * what it returned.
 */
export function socketRoute<Op extends Operation, Prepared>(
  app: App,
  op: Op,
  prepare: (request: AskedOf<Op>) => Promise<Prepared>,
  opened: (socket: WebSocket, prepared: Prepared) => void,
): void {
  const { path, access, params, query } = op
  const waiting = new WeakMap<FastifyRequest, Prepared>()
  app.route({
    method: 'GET',
    url: path,
    config: { access, socket: true },
    schema: {
      ...documented(op),
      ...(params !== undefined && { params }),
      ...(query !== undefined && { querystring: query }),
      response: { 101: anything.describe(streamTypes.socket), ...errors },
    },
    preHandler: async (request) => {
      if (!request.ws) {
        throw new GatetrailError('REQUEST_INVALID', 'this is the address of a WebSocket', {
          hint: 'Connect with the WebSocket protocol (RFC 6455).',
        })
      }
      waiting.set(request, await prepare(request as AskedOf<Op>))
    },
    handler: () => undefined,
    wsHandler: (socket, request) => {
      const prepared = waiting.get(request)
      if (prepared === undefined) throw new Error('a socket is prepared before it opens')
      opened(socket, prepared)
    },
  })
}
