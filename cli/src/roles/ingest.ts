/** The ingest role: from Kafka into a ClickHouse server, one of any number; its own records go to Kafka like all others. */
import { readJournalMetrics, RoleMetrics } from '@gatetrail/eventlog'
import { version } from '../version.ts'
import { openIngest } from './open-ingest.ts'
import { openRoleJournal } from './open-role-journal.ts'
import { openShipper } from './open-shipper.ts'
import { openOrClose } from './opened.ts'
import { runRole } from './run-role.ts'

runRole('ingest', (context) =>
  openOrClose(async (opened) => {
    const { configuration, log } = context
    const metrics = opened.keep(new RoleMetrics(version))
    const journal = await openRoleJournal('ingest', configuration, log)
    readJournalMetrics(metrics, journal, configuration.journal.bytesMax)
    opened.atEnd(() => journal.close('error'))
    // Ends in this order: the batch in hand is stored and committed, the journal gets its last record, it is shipped.
    const shipper = await openShipper(context, journal, metrics, opened)
    opened.atEnd(() => journal.close('shutdown'))
    const ingest = await openIngest(context, journal, metrics, opened)
    return {
      details: {},
      status: async () => {
        const of = [ingest.readiness(), shipper.readiness()]
        return {
          ready: of.every(({ ready }) => ready),
          notes: of.flatMap(({ notes }) => notes),
          metrics: await ingest.text(),
        }
      },
      close: () => opened.closeAll(),
    }
  }),
)
