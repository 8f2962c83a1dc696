/**
 * What a session tells besides its record: touches for the metrics, and spans where an SDK of OpenTelemetry listens. A
 * session whose span is not recorded follows no statements: without an SDK nothing is done per statement.
 */
import { linkedTrace, spanOfPast, startSpan, type Span } from '@gatetrail/eventlog'
import type { Principal, Touch } from '@gatetrail/schemas'
import type { SessionMeter } from './metrics.ts'

/** A statement that has been answered. */
export type AnsweredStatement = {
  readonly seq: number
  /** Wall clock of the decision, µs. */
  readonly startedMicros: number
  readonly rows: number
  readonly bytes: number
  /** As the target named what it did, such as `SELECT 5`. */
  readonly command: string
  readonly sqlstate: string
  readonly refused: boolean
}

export type SessionWatch = {
  touched(touches: readonly Touch[]): void
  /** Left out: nobody follows statements. */
  answered?(statement: AnsweredStatement, durationMicros: number): void
}

export type WatchedSession = {
  id: string
  connection: string
  principal: Principal
  applicationName: string | undefined
}

export function watchSession(
  session: WatchedSession,
  meter: SessionMeter,
): { watch: SessionWatch; ended(reason: string): void } {
  const { principal } = session
  const span = startSpan(
    'gatetrail.session',
    {
      'gatetrail.session': session.id,
      'gatetrail.connection': session.connection,
      'gatetrail.principal.kind': principal.kind,
      ...(principal.run !== undefined && { 'gatetrail.run.provider': principal.run.provider }),
      'db.system.name': 'postgresql',
    },
    linkedTrace(session.applicationName),
  )
  const touched = meter.touched.bind(meter)
  return {
    watch: span.isRecording() ? { touched, answered: statementSpans(span) } : { touched },
    ended(reason) {
      span.setAttribute('gatetrail.session.end', reason)
      span.end()
    },
  }
}

const microsPerMs = 1_000

function statementSpans(session: Span): NonNullable<SessionWatch['answered']> {
  return (statement, durationMicros) => {
    const { seq, startedMicros, rows, bytes, command, sqlstate, refused } = statement
    const startedAtMs = startedMicros / microsPerMs
    spanOfPast(
      'gatetrail.statement',
      session,
      { startedAtMs, endedAtMs: startedAtMs + durationMicros / microsPerMs },
      {
        'gatetrail.statement.seq': seq,
        'gatetrail.decision': refused ? 'deny' : 'allow',
        'gatetrail.rows': rows,
        'gatetrail.bytes': bytes,
        // The tag is the target's own word, without its counts.
        ...(command !== '' && { 'db.operation.name': command.replace(/[^A-Z ].*$/, '').trim() }),
        ...(sqlstate !== '' && { 'db.response.status_code': sqlstate }),
      },
      sqlstate !== '',
    )
  }
}
