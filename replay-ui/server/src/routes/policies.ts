/** Policy sets. What they say belongs to no connection: whoever reads decisions may read the rules; what they decided is the caller's own part. */
import { policiesApi } from '@gatetrail/replay-api'
import { policyDaysDefault } from '../limits.ts'
import {
  decisionsOf,
  listPolicySets,
  listRefusedPolicies,
  noPolicySet,
  policyTexts,
} from '../store/policies-question.ts'
import { betweenOf, shownBetween } from './between.ts'
import { audited, type App, type RouteContext } from './context.ts'
import { route } from './route.ts'

export function registerPolicies(app: App, context: RouteContext): void {
  const { options, wholeTrail } = context
  const nowMs = options.nowMs ?? Date.now

  route(app, policiesApi.policies, async (request) => {
    const answer = await listPolicySets(wholeTrail)
    const refused = await listRefusedPolicies(wholeTrail)
    await audited(context, request, 'policies', {}, answer.sets.length)
    return { ...answer, refused }
  })

  route(app, policiesApi.policySet, async (request) => {
    const { set: hash } = request.params
    const texts = await policyTexts(wholeTrail, hash)
    const { sets } = await listPolicySets(wholeTrail)
    const set = sets.find(({ policySet }) => policySet === hash)
    if (set === undefined) throw noPolicySet()
    await audited(context, request, 'policy_set', { set: hash }, texts.length)
    return { set, policies: texts }
  })

  route(app, policiesApi.policyDecisions, async (request) => {
    const { set } = request.params
    const between = betweenOf(request.query, policyDaysDefault, nowMs())
    const { sessionHoursMax } = options.configuration.identity
    const answer = await decisionsOf(context.questionsOf(request), set, between, sessionHoursMax)
    await audited(
      context,
      request,
      'policy_set.decisions',
      { set, ...between },
      answer.decided.length,
    )
    return { ...shownBetween(between), ...answer }
  })
}
