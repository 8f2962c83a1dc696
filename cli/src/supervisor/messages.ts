/** What the supervisor and its roles say to each other over Node's IPC channel. Both ends check what they get. */
import { errorCodes, GatetrailError, isGatetrailError, type ErrorCode } from '@gatetrail/schemas'
import { z } from 'zod'

export type RoleName = 'demo' | 'audit' | 'proxy' | 'shipper' | 'ingest' | 'replay'

const startSchema = z.strictObject({
  /** Absolute path of the configuration file. */
  configurationFile: z.string(),
  /** Absolute; stands above what the file says. */
  dataDirectory: z.string(),
  /** How its log is called: the role, or `proxy-2`. */
  label: z.string(),
  /** From 1; only where several proxies share the listeners, which then are the supervisor's. */
  worker: z.int().min(1).optional(),
  /** How many they are. */
  workers: z.int().min(1),
  /** Only for the demo. */
  demo: z
    .strictObject({
      ports: z.strictObject({ postgres: z.int(), issuer: z.int() }),
      redirectUris: z.array(z.string()),
    })
    .optional(),
})
/** What every role gets to start with. */
export type RoleStart = z.infer<typeof startSchema>

/** Of a CancelRequest that another worker got. */
const cancelShape = { id: z.int(), processId: z.int(), secret: z.base64() }

export const toRoleSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('start'), start: startSchema }),
  /** Sessions may go on for `drainMs`; said again with less, it is less. */
  z.strictObject({ type: z.literal('stop'), drainMs: z.int().min(0) }),
  /** A caller's socket comes with it. */
  z.strictObject({ type: z.literal('socket'), id: z.int() }),
  z.strictObject({ type: z.literal('cancel'), ...cancelShape }),
  z.strictObject({ type: z.literal('cancelled'), id: z.int(), found: z.boolean() }),
  /** Answers `claim`. */
  z.strictObject({
    type: z.literal('claimed'),
    id: z.int(),
    use: z.enum(['first', 'seen', 'full']),
  }),
  z.strictObject({ type: z.literal('reload') }),
  z.strictObject({ type: z.literal('probe'), id: z.int() }),
  z.strictObject({ type: z.literal('story'), proxy: z.string() }),
])
export type ToRole = z.infer<typeof toRoleSchema>

const failureSchema = z.strictObject({
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
})
export type Failure = z.infer<typeof failureSchema>

const statusSchema = z.strictObject({
  ready: z.boolean(),
  /** Why it is not ready, or anything else worth telling; sentences. */
  notes: z.array(z.string()),
  /** Prometheus text. */
  metrics: z.string(),
})
export type RoleStatus = z.infer<typeof statusSchema>

export const fromRoleSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready'), details: z.record(z.string(), z.string()) }),
  z.strictObject({ type: z.literal('failed'), failure: failureSchema }),
  z.strictObject({ type: z.literal('status'), id: z.int(), status: statusSchema }),
  z.strictObject({ type: z.literal('told'), line: z.string() }),
  z.strictObject({ type: z.literal('story-ended'), failure: failureSchema.optional() }),
  z.strictObject({ type: z.literal('note'), line: z.string() }),
  z.strictObject({ type: z.literal('socket-taken'), id: z.int() }),
  z.strictObject({ type: z.literal('sockets-closed'), count: z.int().min(1) }),
  /** For the other workers; `cancelled` answers it. */
  z.strictObject({ type: z.literal('cancel'), ...cancelShape }),
  z.strictObject({ type: z.literal('cancelled'), id: z.int(), found: z.boolean() }),
  /** A one-use token, by its hash, that is new to a worker: is it to all of them? */
  z.strictObject({
    type: z.literal('claim'),
    id: z.int(),
    token: z.base64().max(64),
    usedUntilMs: z.int(),
  }),
])
export type FromRole = z.infer<typeof fromRoleSchema>

export function failureOf(error: unknown): Failure {
  if (isGatetrailError(error)) {
    const { code, message, hint } = error
    return hint === undefined ? { code, message } : { code, message, hint }
  }
  return { code: 'BUG', message: error instanceof Error ? error.message : String(error) }
}

/** The error again, on the other side. */
export function errorOf(failure: Failure): Error {
  const { code, message, hint } = failure
  if (!isErrorCode(code)) return new Error(message)
  return new GatetrailError(code, message, hint === undefined ? {} : { hint })
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code)
}
