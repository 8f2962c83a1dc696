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
export * as auditLogApi from './audit-log.ts'
export * as controlApi from './control.ts'
export * as exportApi from './export.ts'
export * as piiApi from './pii.ts'
export * as platformApi from './platform.ts'
export * as replayApi from './replay.ts'
export * as questionsApi from './questions.ts'
export * as runsApi from './runs.ts'
export * as liveApi from './live.ts'
export * as policiesApi from './policies.ts'
export * as searchApi from './search.ts'
export * as principalsApi from './principals.ts'
export * as runningApi from './running.ts'
export * as sessionsApi from './sessions.ts'
export * as subjectApi from './subject.ts'
export * as touchesApi from './touches.ts'
export type { Touch } from '@gatetrail/schemas'
export type { Hold, Revocation } from './control.ts'
export type { ChainState, Evidence, ExportedQuestion, ExportFormat } from './export.ts'
export { liveClosings, type LiveMessage } from './live.ts'
export type { CalendarDay, PiiAnswer, PiiRun } from './pii.ts'
export type { AuditRead } from './audit-log.ts'
export type { PrincipalDetail, PrincipalRow } from './principals.ts'
export type {
  ConnectionActivity,
  Finding,
  Health,
  Now,
  OpenSession,
  RefusedCaller,
  Writer,
} from './running.ts'
export type { Policy, PolicyDecisions, PolicySet } from './policies.ts'
export type {
  Me,
  RebuildLine,
  RedriveLine,
  ScanLine,
  VerifyFailure,
  VerifySummary,
} from './platform.ts'
export type { SavedQuestion } from './questions.ts'
export type { RunAnswer, RunMark, RunSession } from './runs.ts'
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
export type { SearchAnswer, SearchHit, SearchKind } from './search.ts'
export type { SubjectAnswer, SubjectRun } from './subject.ts'
export type {
  TimeRange,
  TouchCounts,
  TouchesAnswer,
  TouchGroup,
  TouchKey,
  TouchRow,
  TouchSumRow,
  TouchSums,
  TouchSumsAnswer,
} from './touches.ts'
