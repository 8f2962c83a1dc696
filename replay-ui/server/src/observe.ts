/** What the API counts, for /metrics: requests by route and status, and the queries that they ask of the event store. */
import type { RoleMetrics } from '@gatetrail/eventlog'
import type { App } from './routes/context.ts'

/** Called once per query. */
export type ObserveQuestion = (outcome: 'answered' | 'failed', seconds: number) => void

/** Requests that no route answers: their path is text of a caller. */
const noRoute = 'none'

/** Before the routes are registered. */
export function observeRequests(app: App, metrics: RoleMetrics): void {
  const requests = metrics.counter('gatetrail_api_requests_total')
  const durations = metrics.histogram('gatetrail_api_request_duration_seconds')
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? noRoute : (request.routeOptions.url ?? noRoute)
    const method = request.is404 ? noRoute : request.method
    requests.inc({ method, route, status: String(reply.statusCode) })
    durations.observe({ route }, reply.elapsedTime / 1_000)
    done()
  })
}

export function observeQuestions(metrics: RoleMetrics): ObserveQuestion {
  const durations = metrics.histogram('gatetrail_question_duration_seconds')
  return (outcome, seconds) => durations.observe({ outcome }, seconds)
}
