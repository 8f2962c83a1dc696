/** The question that the product exists for, and the calendar that leads to it. */
import { piiApi } from '@gatetrail/replay-api'
import { z } from 'zod'
import { route } from './route.ts'
import { dayIn } from '../store/day.ts'
import { answerPii } from '../store/pii-question.ts'
import { storeTime } from '../store/question.ts'
import { inRange } from '../store/asked-touches.ts'
import { audited, type App, type RouteContext } from './context.ts'

const dayRow = z.object({
  date: z.string(),
  runs: z.int(),
  touched: z.int(),
  masked: z.int(),
  revealed: z.int(),
})
export function registerAnswers(app: App, context: RouteContext): void {
  route(app, piiApi.pii, async (request) => {
    const { on, tz, ...page } = request.query
    const answer = await answerPii(
      context.questionsOf(request),
      dayIn(on, tz),
      page,
      context.options.ingest.status(),
    )
    await audited(context, request, 'pii', { on, tz, group: page.group }, answer.runs.length)
    return answer
  })

  route(app, piiApi.calendar, async (request) => {
    const { year, tz } = request.query
    const { from } = dayIn(`${year}-01-01`, tz)
    const { from: to } = dayIn(`${year + 1}-01-01`, tz)
    const rows = await context.questionsOf(request).rows(
      `SELECT toString(toDate(toTimeZone(time, {tz:String}))) AS date,
        uniqExact(sipHash128(run_provider, run_id, run_attempt, if(run_id = '', toString(session), ''))) AS runs,
        sum(count) AS touched, sumIf(count, outcome = 'masked') AS masked, sumIf(count, outcome = 'revealed') AS revealed
      FROM keyed_touches WHERE tenant = {tenant:String} AND ${inRange}
      GROUP BY date ORDER BY date LIMIT 400`,
      { from: storeTime(from), to: storeTime(to), tz },
      dayRow,
    )
    const days = rows.map(({ touched: values, ...day }) => ({ ...day, values }))
    await audited(context, request, 'calendar', request.query, days.length)
    return { year, tz, days }
  })
}
