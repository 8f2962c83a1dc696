/** Errors → what the API answers: a status and `{ error: { code, message, hint } }`. Bugs are logged and show nothing. */
import { GatetrailError, isGatetrailError, type ErrorCode } from '@gatetrail/schemas'
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'

/** Too many attempts: the same code as for none, another status. */
export class TooManyAttempts extends GatetrailError {
  constructor(what: string, by = 'from this address') {
    super('API_UNAUTHENTICATED', `too many ${what} ${by}`, { hint: 'Wait a minute.' })
  }
}

const statuses: Partial<Record<ErrorCode, number>> = {
  API_UNAUTHENTICATED: 401,
  SIGN_IN_UNCONFIRMED: 401,
  API_FORBIDDEN: 403,
  SESSION_REVOKED: 403,
  NOT_FOUND: 404,
  REQUEST_INVALID: 400,
  STORE_UNAVAILABLE: 503,
  STORE_IN_USE: 503,
  JOURNAL_UNWRITABLE: 503,
  JOURNAL_FULL: 503,
  ISSUER_UNAVAILABLE: 503,
  KAFKA_UNAVAILABLE: 503,
  CONTROL_OBJECT_REFUSED: 409,
  SHUTTING_DOWN: 503,
}

export function statusOf(code: ErrorCode): number {
  return statuses[code] ?? (/^(TOKEN|PRINCIPAL|ISSUER)_/.test(code) ? 401 : 500)
}

export function registerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (isGatetrailError(error)) {
      const status = error instanceof TooManyAttempts ? 429 : statusOf(error.code)
      if (status >= 500) request.log.error({ err: error }, 'the request failed')
      return send(reply, status, error.code, error.message, error.hint)
    }
    if (hasZodFastifySchemaValidationErrors(error)) {
      const [first] = error.validation
      const where = first?.instancePath.replaceAll('/', ' ').trim() ?? ''
      const message = `${where === '' ? 'the request' : where}: ${first?.message ?? 'is not valid'}`
      return send(
        reply,
        400,
        'REQUEST_INVALID',
        message,
        'See /api/openapi.json for what is asked.',
      )
    }
    const status = error.statusCode ?? 500
    if (status < 500) return send(reply, status, 'REQUEST_INVALID', error.message, undefined)
    request.log.error({ err: error }, 'this is a bug')
    return send(reply, 500, 'INTERNAL', 'this is a bug of Gatetrail: see its log', undefined)
  })
}

export function send(
  reply: FastifyReply,
  status: number,
  code: string,
  message: string,
  hint: string | undefined,
): FastifyReply {
  if (status === 401) void reply.header('www-authenticate', 'Bearer')
  return reply.code(status).send({ error: { code, message, ...(hint !== undefined && { hint }) } })
}
