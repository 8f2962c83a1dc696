/** The question turned around: touches grouped and filtered. */
import { touchesApi } from '@gatetrail/replay-api'
import { rangeOf } from '../store/range.ts'
import { answerTouches, answerTouchSums, rangeOfCursor } from '../store/touches-question.ts'
import { audited, type App, type RouteContext } from './context.ts'
import { route } from './route.ts'

export function registerTouches(app: App, context: RouteContext): void {
  const { ingest, nowMs = Date.now } = context.options

  route(app, touchesApi.touches, async (request) => {
    const { by, cursor, limit, ...filter } = request.query
    const asked = rangeOf(filter, nowMs())
    const range = cursor === undefined ? asked : rangeOfCursor(cursor, asked)
    const answer = await answerTouches(
      context.questionsOf(request),
      { by, range, filter },
      { cursor, limit },
      ingest.status(),
    )
    // A cursor brings its own time: on record is what was looked at.
    const looked = cursor === undefined ? {} : { on: undefined, from: range.from, to: range.to }
    await audited(context, request, 'touches', { by, ...filter, ...looked }, answer.rows.length)
    return answer
  })

  route(app, touchesApi.touchSums, async (request) => {
    const { by, limit, ...filter } = request.query
    const range = rangeOf(filter, nowMs())
    const answer = await answerTouchSums(context.questionsOf(request), { by, range, filter }, limit)
    await audited(context, request, 'touches.sums', { by, ...filter }, answer.rows.length)
    return answer
  })
}
