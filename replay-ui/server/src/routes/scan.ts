/** Looks at what was recorded with today's detectors (ingest/src/scan): what only an admin may start. */
import { Readable } from 'node:stream'
import { GatetrailError } from '@gatetrail/schemas'
import { platformApi } from '@gatetrail/replay-api'
import { route } from './route.ts'
import { audited, type App, type RouteContext } from './context.ts'
import { Lines } from './lines.ts'

const hourMs = 3_600_000

/** Until when journals and Kafka may hold what was recorded before: neither is changed. */
export function originalsUntil({ options }: RouteContext): string {
  const { journal, log } = options.configuration
  const hours = Math.max(journal.keepHours, log?.kafka.retentionHours ?? 0)
  return new Date((options.nowMs ?? Date.now)() + hours * hourMs).toISOString()
}

export function registerScan(app: App, context: RouteContext): void {
  const { ingest } = context.options

  route(app, platformApi.scan, async (request, reply) => {
    const { since, until, connection, dryRun } = request.query
    const scan = ingest.scan?.bind(ingest)
    if (scan === undefined)
      throw new GatetrailError('REQUEST_INVALID', 'ingest is not in this process', {
        hint: 'Run `gatetrail scan --config` with the configuration of an ingest process.',
      })
    await audited(context, request, 'scan', { since, until, connection, dryRun }, 0)
    const lines = new Lines()
    const gone = new AbortController()
    // Who asked has left: the scan ends after what is in hand, and goes on from there when it is asked for again.
    reply.raw.once('close', () => gone.abort())
    void reply.type('application/x-ndjson').send(Readable.from(lines))
    const options = {
      since,
      ...(until !== undefined && { until }),
      ...(connection !== undefined && { connection }),
      dryRun: dryRun === 'true',
    }
    lines.run(
      () =>
        scan(options, (progress) => lines.write({ type: 'progress', ...progress }), gone.signal),
      (result) => ({ type: 'summary', ...result, originalsUntil: originalsUntil(context) }),
    )
    return reply
  })
}
