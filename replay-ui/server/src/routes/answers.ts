/** The question that the product exists for, and the calendar that leads to it. */
import { z } from 'zod'
import { piiShape } from '../shapes.ts'
import { dayIn } from '../store/day.ts'
import { answerPii } from '../store/pii-question.ts'
import { storeTime } from '../store/question.ts'
import { audited, errors, type App, type RouteContext } from './context.ts'

const dayRow = z.object({
  date: z.string(),
  runs: z.int(),
  touched: z.int(),
  masked: z.int(),
  revealed: z.int(),
})
const calendarShape = z.object({
  year: z.int(),
  tz: z.string(),
  days: z.array(
    z.object({
      date: z.string(),
      runs: z.int(),
      values: z.int(),
      masked: z.int(),
      revealed: z.int(),
    }),
  ),
})

export function registerAnswers(app: App, context: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/api/pii',
    config: { access: 'read_audit' },
    schema: {
      summary: 'Which runs touched personal data on a day',
      querystring: z.strictObject({
        on: z.iso.date().describe('YYYY-MM-DD'),
        tz: z.string().max(64).default('UTC').describe('IANA name: where the day begins and ends'),
        group: z.enum(['run', 'session']).default('run'),
      }),
      response: { 200: piiShape, ...errors },
    },
    handler: async (request) => {
      const { on, tz, group } = request.query
      const answer = await answerPii(
        context.questions,
        dayIn(on, tz),
        group,
        context.options.ingest.status(),
      )
      await audited(context, request, 'pii', request.query, answer.runs.length)
      return answer
    },
  })

  app.route({
    method: 'GET',
    url: '/api/calendar',
    config: { access: 'read_audit' },
    schema: {
      summary: 'Touched values per day of a year',
      querystring: z.strictObject({
        year: z.coerce.number().int().min(1970).max(2200),
        tz: z.string().max(64).default('UTC'),
      }),
      response: { 200: calendarShape, ...errors },
    },
    handler: async (request) => {
      const { year, tz } = request.query
      const { from } = dayIn(`${year}-01-01`, tz)
      const { from: to } = dayIn(`${year + 1}-01-01`, tz)
      const rows = await context.questions.rows(
        `SELECT toString(toDate(toTimeZone(time, {tz:String}))) AS date,
          uniqExact(if(run_id = '', toString(session), concat(run_provider, '/', run_id, '/', run_attempt))) AS runs,
          sum(count) AS touched, sumIf(count, outcome = 'masked') AS masked, sumIf(count, outcome = 'revealed') AS revealed
        FROM pii_touches WHERE tenant = {tenant:String} AND time >= {from:DateTime64(6, 'UTC')}
          AND time < {to:DateTime64(6, 'UTC')}
        GROUP BY date ORDER BY date LIMIT 400`,
        { from: storeTime(from), to: storeTime(to), tz },
        dayRow,
      )
      const days = rows.map(({ touched: values, ...day }) => ({ ...day, values }))
      await audited(context, request, 'calendar', request.query, days.length)
      return { year, tz, days }
    },
  })
}
