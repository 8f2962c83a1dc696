/** The audit role of `gatetrail up`: the event store, ingest into it and the replay API over it, at the lowest priority. */
import './lowest-priority.ts'
import { readJournalMetrics, RoleMetrics } from '@gatetrail/eventlog'
import { version } from '../version.ts'
import { openIngest } from './open-ingest.ts'
import { openStoreEndpoint } from './open-store-endpoint.ts'
import { openRoleJournal } from './open-role-journal.ts'
import { openOrClose, within } from './opened.ts'
import { openReplayApi } from './replay-api.ts'
import { runRole } from './run-role.ts'

/** The supervisor gives 4 s for everything; what is not stored by then is in the journals, or in Kafka. */
const drainMsMax = 1_500

runRole('audit', (context) =>
  openOrClose(async (opened) => {
    const { configuration, log } = context
    const metrics = opened.keep(new RoleMetrics(version))
    const journal = await openRoleJournal('audit', configuration, log)
    readJournalMetrics(metrics, journal, configuration.journal.bytesMax)
    opened.atEnd(() => journal.close('shutdown'))
    const { ingest, store, readiness, text } = await openIngest(context, journal, metrics, opened)
    await openStoreEndpoint(context, journal, opened)
    const over = { read: store.read, journal, ingest, metrics }
    const replay = await openReplayApi(context, over, opened)
    // Everything that was on record before this process ended is in the store when it starts again.
    opened.atEnd(() => within(drainMsMax, ingest.idle()))
    return {
      details: { address: replay.address },
      status: async () => ({ ...readiness(), metrics: await text() }),
      close: () => opened.closeAll(),
    }
  }),
)
