/** Who looked at what. Looking at it is a look. */
import { auditLogApi } from '@gatetrail/replay-api'
import { auditLogDaysDefault } from '../limits.ts'
import { listReads } from '../store/audit-log-question.ts'
import { betweenOf, shownBetween } from './between.ts'
import { audited, type App, type RouteContext } from './context.ts'
import { route } from './route.ts'

export function registerAuditLog(app: App, context: RouteContext): void {
  const nowMs = context.options.nowMs ?? Date.now

  route(app, auditLogApi.auditLog, async (request) => {
    const { who, question, session } = request.query
    const between = betweenOf(request.query, auditLogDaysDefault, nowMs())
    const answer = await listReads(context.questionsOf(request), between, request.query)
    await audited(
      context,
      request,
      'audit_log',
      { ...between, who, question, session },
      answer.reads.length,
    )
    return { ...shownBetween(between), ...answer }
  })
}
