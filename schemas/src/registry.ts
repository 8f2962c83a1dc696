/**
 * The registry of record kinds: name, number in the record header, version, body, and a sentence for docs/events.md.
 * A number is never reused. A change of a released body gets a new version and an upcaster.
 */
import type { z } from 'zod'
import { coverageSchema } from './kinds/coverage.ts'
import * as session from './kinds/session.ts'
import * as statement from './kinds/statement.ts'
import * as writer from './kinds/writer.ts'

const kind = <const Code extends number, Body extends z.ZodType>(
  code: Code,
  version: number,
  summary: string,
  body: Body,
) => ({ code, version, summary, body })

export const eventKinds = {
  'gatetrail.writer.started': kind(1, 2, 'A process began to write.', writer.writerStarted),
  'gatetrail.writer.stopped': kind(
    2,
    1,
    'A process closed its journal in order.',
    writer.writerStopped,
  ),
  'gatetrail.writer.heartbeat': kind(
    3,
    1,
    'Signed chain head over all records since the last one.',
    writer.writerHeartbeat,
  ),
  'gatetrail.journal.recovered': kind(
    4,
    1,
    "A dead writer's journal was cut at its torn tail.",
    writer.journalRecovered,
  ),
  'gatetrail.policy.loaded': kind(5, 2, 'A policy set came into force.', writer.policyLoaded),
  'gatetrail.policy.refused': kind(
    6,
    1,
    'A policy set was refused; the one before stays.',
    writer.policyRefused,
  ),
  'gatetrail.audit.read': kind(7, 1, 'Somebody looked at audit data.', writer.auditRead),
  'gatetrail.gap.found': kind(8, 1, 'Records are missing or damaged.', writer.gapFound),
  'gatetrail.record.redacted': kind(
    9,
    2,
    'A stored payload was replaced by its masked form.',
    writer.recordRedacted,
  ),
  'gatetrail.duplicates.dropped': kind(
    10,
    1,
    'Records came again and were dropped.',
    writer.duplicatesDropped,
  ),
  'gatetrail.writer.missed': kind(
    11,
    1,
    'The heartbeats of a writer stopped.',
    writer.writerMissed,
  ),
  'gatetrail.control.published': kind(
    12,
    1,
    'Somebody put an object on the control log.',
    writer.controlPublished,
  ),
  'gatetrail.control.applied': kind(
    13,
    1,
    'A process acted on an object of the control log.',
    writer.controlApplied,
  ),
  'gatetrail.hold.placed': kind(
    14,
    1,
    'Somebody asked that rows do not expire.',
    writer.holdPlaced,
  ),
  'gatetrail.hold.lifted': kind(15, 1, 'A hold ended.', writer.holdLifted),
  'gatetrail.session.opened': kind(20, 1, 'A caller was let in.', session.sessionOpened),
  'gatetrail.session.closed': kind(21, 2, 'A session ended.', session.sessionClosed),
  'gatetrail.session.aborted': kind(
    22,
    2,
    'A session was open when its writer died.',
    session.sessionAborted,
  ),
  'gatetrail.session.refused': kind(23, 1, 'A caller was not let in.', session.sessionRefused),
  'gatetrail.identity.verified': kind(24, 1, 'A token was verified.', session.identityVerified),
  'gatetrail.identity.rejected': kind(25, 1, 'A token was refused.', session.identityRejected),
  'gatetrail.credential.issued': kind(
    26,
    1,
    "The target's credential was injected.",
    session.credentialIssued,
  ),
  'gatetrail.statement.described': kind(
    40,
    1,
    'What a statement will do, once per session.',
    statement.statementDescribed,
  ),
  'gatetrail.statement.decided': kind(
    41,
    1,
    'A statement was allowed or refused.',
    statement.statementDecided,
  ),
  'gatetrail.statement.completed': kind(
    42,
    1,
    'A statement was answered.',
    statement.statementCompleted,
  ),
  'gatetrail.pii.touched': kind(60, 2, 'A statement touched personal data.', statement.piiTouched),
  'gatetrail.pii.found': kind(
    62,
    1,
    'A scan found personal data in what was recorded.',
    statement.piiFound,
  ),
  'gatetrail.pii.fingerprinted': kind(
    63,
    1,
    'Fingerprints of a statement that touched many values.',
    statement.piiFingerprinted,
  ),
  'gatetrail.coverage.reported': kind(
    61,
    1,
    'What was inspected so far in a long session.',
    coverageSchema,
  ),
} as const

type Upcaster = (body: Record<string, unknown>) => Record<string, unknown>

/** From a body of the version to one of the next. A version that is not here is a body of the next one as it stands. */
const upcasters: {
  readonly [Kind in keyof typeof eventKinds]?: Readonly<Record<number, Upcaster>>
} = {
  'gatetrail.writer.started': { 1: (body) => ({ ...body, instance: body['host'] }) },
  'gatetrail.policy.loaded': {
    1: (body) => ({ ...body, policies: withoutTexts(body['policies']) }),
  },
}

function withoutTexts(policies: unknown): unknown {
  if (!Array.isArray(policies)) return policies
  return policies.map((policy: object) => ({ ...policy, text: '', textBytes: 0, annotations: {} }))
}

/** Brings a body of a released version to the current one. A body that is no object is left for the schema to refuse. */
export function upcastBody(kind: EventKind, version: number, body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body
  let current = body as Record<string, unknown>
  for (let from = version; from < eventKinds[kind].version; from++)
    current = upcasters[kind]?.[from]?.(current) ?? current
  return current
}

/** Chunks of frames: a binary body, see chunk.ts. */
export const chunkKind = { name: 'gatetrail.frames.recorded', code: 100, version: 1 } as const

export type EventKind = keyof typeof eventKinds
export type RecordKind = EventKind | typeof chunkKind.name
export type EventBody<Kind extends EventKind> = z.infer<(typeof eventKinds)[Kind]['body']>

const kindsByCode: ReadonlyMap<number, RecordKind> = new Map<number, RecordKind>([
  ...Object.entries(eventKinds).map(([name, entry]): [number, RecordKind] => [
    entry.code,
    name as EventKind,
  ]),
  [chunkKind.code, chunkKind.name],
])

/** The kind with this number, or undefined: a record of a newer release. */
export function recordKindOf(code: number): RecordKind | undefined {
  return kindsByCode.get(code)
}

export function kindCodeOf(kind: RecordKind): number {
  return kind === chunkKind.name ? chunkKind.code : eventKinds[kind].code
}

export function kindVersionOf(kind: RecordKind): number {
  return kind === chunkKind.name ? chunkKind.version : eventKinds[kind].version
}
