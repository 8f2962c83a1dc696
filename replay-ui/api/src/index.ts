/** The API: its operations, by area, and a typed client of them. */
export {
  permissions,
  permissionsOf,
  roles,
  type Access,
  type Permission,
  type Role,
} from './access.ts'
export {
  addressOf,
  ApiError,
  createClient,
  csrfHeader,
  type Client,
  type ClientOptions,
} from './client.ts'
export {
  errorShape,
  principalShape,
  runShape,
  type Coverage,
  type Gap,
  type Principal,
  type Run,
} from './common.ts'
export { operation, type AnswerOf, type Asked, type Operation } from './operation.ts'
export * as controlApi from './control.ts'
export * as piiApi from './pii.ts'
export * as platformApi from './platform.ts'
export * as replayApi from './replay.ts'
export * as sessionsApi from './sessions.ts'
export * as subjectApi from './subject.ts'
export type { Touch } from '@gatetrail/schemas'
export type { Hold, Revocation } from './control.ts'
export type { CalendarDay, PiiAnswer, PiiRun } from './pii.ts'
export type { Me } from './platform.ts'
export type {
  FindHit,
  Moment,
  MomentDecision,
  MomentFrame,
  MomentTouch,
  Outline,
  OutlineBucket,
  OutlineMoment,
  StatementWindow,
  TerminalEvent,
  TerminalSlice,
  WindowStatement,
} from './replay.ts'
export type {
  Frame,
  Session,
  SessionDetail,
  StatementAnswer,
  TimelineStatement,
  Transcript,
} from './sessions.ts'
export type { SubjectAnswer, SubjectRun } from './subject.ts'
