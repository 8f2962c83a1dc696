/** One run across all of its sessions. */
import { runsApi } from '@gatetrail/replay-api'
import { findRun } from '../store/run-question.ts'
import { audited, type App, type RouteContext } from './context.ts'
import { route } from './route.ts'

export function registerRuns(app: App, context: RouteContext): void {
  route(app, runsApi.run, async (request) => {
    const { provider, id: run } = request.params
    const { attempt, cursor, limit } = request.query
    const name = { provider, run, attempt }
    const answer = await findRun(context.questionsOf(request), name, { cursor, limit })
    await audited(context, request, 'run', name, answer.marks.length)
    return answer
  })
}
