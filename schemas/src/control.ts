/**
 * Objects of the control log (design §3): what replay instances tell every proxy. An object is a payload (JSON), signed with
 * Ed25519 over `controlMessage(payload bytes)`, in an envelope that carries the bytes as they were signed. Which object is
 * accepted on top of which: eventlog/src/control/control-state.ts. Format and rules: docs/control-log.md.
 */
import { z } from 'zod'
import { unreachable } from './error.ts'
import { KiB } from './limits.ts'

export const controlLimits = {
  /** Of an envelope. */
  objectBytesMax: 16 * KiB,
  /** That a process holds; they leave it when they expire. */
  objectsMax: 100_000,
  /** No object is for longer: it would be a setting. */
  lifetimeMsMax: 366 * 86_400_000,
  reasonCharactersMax: 500,
  questionNameCharactersMax: 200,
  questionAddressCharactersMax: 4_000,
} as const

const name = z.string().min(1).max(1_000)

/** What a revocation is about. Issuers are named as configured. */
export const revocationTargetSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('session'), session: z.uuid().describe('Of the session.') }),
  z.strictObject({
    type: z.literal('run'),
    provider: name.describe('Who ran it, as principals name it.'),
    id: name.describe("The run's id at its provider."),
    attempt: name.optional().describe('Left out: all of them.'),
  }),
  z.strictObject({
    type: z.literal('subject'),
    issuer: name.describe('The configured name of the issuer.'),
    subject: name.describe('Also where others act on its behalf.'),
  }),
  z.strictObject({
    type: z.literal('token'),
    issuer: name.describe('The configured name of the issuer.'),
    id: name.describe('The jti of the token.'),
  }),
])

export const revocationActions = ['kill', 'revoke'] as const

const reason = z.string().min(1).max(controlLimits.reasonCharactersMax)
const by = name.describe('issuer#subject, or `local` for the local token.')

const revocationSchema = z.strictObject({
  kind: z.literal('revocation'),
  action: z
    .enum(revocationActions)
    .describe('kill: ends what is open; revoke: and refuses what comes.'),
  target: revocationTargetSchema,
  refuseUntilMs: z
    .int()
    .describe('Until when new sessions are refused, ms since 1970; of a kill: when it was made.'),
  reason,
  by,
})

/** Only this lifts a revocation: a higher version of its id that says so. */
const revocationLiftedSchema = z.strictObject({
  kind: z.literal('revocation_lifted'),
  target: revocationTargetSchema,
  reason,
  by,
})

/** What stands behind a short password of a legacy client. The token itself is nowhere. */
const referenceTokenSchema = z.strictObject({
  kind: z.literal('reference_token'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('Of the token; its id ends with it.'),
  principal: name.describe('issuer#subject that it stands for.'),
  connection: name.optional().describe('Left out: any.'),
  oneUse: z.boolean(),
})

/** A view of the web app that somebody named, for everybody who may read the audit data. Proxies do nothing with it. */
const savedQuestionSchema = z.strictObject({
  kind: z.literal('saved_question'),
  name: z.string().min(1).max(controlLimits.questionNameCharactersMax),
  address: z
    .string()
    .min(1)
    .max(controlLimits.questionAddressCharactersMax)
    .startsWith('/')
    .describe('Path and query of a page of the web app.'),
  by: by.describe('Who saved it first: it is theirs.'),
})

const savedQuestionDeletedSchema = z.strictObject({
  kind: z.literal('saved_question_deleted'),
  by,
})

export const controlBodySchema = z.discriminatedUnion('kind', [
  revocationSchema,
  revocationLiftedSchema,
  referenceTokenSchema,
  savedQuestionSchema,
  savedQuestionDeletedSchema,
])

export type RevocationTarget = z.infer<typeof revocationTargetSchema>
export type RevocationAction = (typeof revocationActions)[number]
export type Revocation = z.infer<typeof revocationSchema>
export type SavedQuestion = z.infer<typeof savedQuestionSchema>
export type ReferenceToken = z.infer<typeof referenceTokenSchema>
export type ControlBody = z.infer<typeof controlBodySchema>

/** What every payload has, whatever release made it; the body is looked at by its kind. */
export const controlHeaderSchema = z.strictObject({
  id: z
    .string()
    .max(200)
    .regex(/^[a-z][a-z-]*\/[A-Za-z0-9_-]+$/),
  version: z.int().positive(),
  issuedAtMs: z.int().nonnegative().describe('ms since 1970'),
  notAfterMs: z
    .int()
    .nonnegative()
    .describe('When everybody may forget the object, ms since 1970.'),
  body: z.looseObject({ kind: z.string() }),
})

export type ControlObject = {
  readonly id: string
  readonly version: number
  readonly issuedAtMs: number
  readonly notAfterMs: number
  readonly body: ControlBody
}

/** The envelope, as it lies in a file or in a message. */
export const controlEnvelopeSchema = z.strictObject({
  payload: z.base64url().describe('The exact bytes that were signed.'),
  key: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .describe('The Ed25519 public key: it names the key, and is trusted only if it is listed.'),
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
})

const domain = new TextEncoder().encode('gatetrail control object 1\n')

/** What the signature covers: no other message of ours begins like it. */
export function controlMessage(payload: Uint8Array): Uint8Array {
  const message = new Uint8Array(domain.length + payload.length)
  message.set(domain)
  message.set(payload, domain.length)
  return message
}

/** What stands before the `/` of an id. An object of one kind can't take the id of another. */
export function controlPrefixOf(kind: ControlBody['kind']): string {
  switch (kind) {
    case 'revocation':
    case 'revocation_lifted':
      return 'revocation'
    case 'reference_token':
      return 'reference-token'
    case 'saved_question':
    case 'saved_question_deleted':
      return 'saved-question'
    default:
      return unreachable(kind)
  }
}

/** The target as people read it. */
export function describeTarget(target: RevocationTarget): string {
  switch (target.type) {
    case 'session':
      return `session ${target.session}`
    case 'run':
      return `run ${target.provider}:${target.id}${target.attempt === undefined ? '' : ` attempt ${target.attempt}`}`
    case 'subject':
      return `subject ${target.issuer}#${target.subject}`
    case 'token':
      return `token ${target.issuer}#${target.id}`
    default:
      return unreachable(target)
  }
}

/** Why an object of the control log is not applied. A closed list: metrics count by it. */
export const controlRefusals = [
  'too_long',
  'malformed',
  'unknown_key',
  'bad_signature',
  'unknown_kind',
  'wrong_id',
  'expired',
  'lifetime_too_long',
  'superseded',
  'weakens_revocation',
  'too_many',
] as const
export type ControlRefusal = (typeof controlRefusals)[number]
