/** Who was there. */
import { principalsApi } from '@gatetrail/replay-api'
import { principalDaysDefault } from '../limits.ts'
import { findPrincipal, listPrincipals } from '../store/principals-question.ts'
import { betweenOf, shownBetween } from './between.ts'
import { audited, type App, type RouteContext } from './context.ts'
import { route } from './route.ts'

export function registerPrincipals(app: App, context: RouteContext): void {
  const nowMs = context.options.nowMs ?? Date.now

  route(app, principalsApi.principals, async (request) => {
    const { search, kind } = request.query
    const between = betweenOf(request.query, principalDaysDefault, nowMs())
    const answer = await listPrincipals(context.questionsOf(request), between, request.query)
    await audited(
      context,
      request,
      'principals',
      { ...between, search, kind },
      answer.principals.length,
    )
    return { ...shownBetween(between), ...answer }
  })

  route(app, principalsApi.principal, async (request) => {
    const { id } = request.query
    const between = betweenOf(request.query, principalDaysDefault, nowMs())
    const answer = await findPrincipal(context.questionsOf(request), between, id)
    await audited(context, request, 'principal', { ...between, id }, answer.runs.length)
    return { ...shownBetween(between), ...answer }
  })
}
