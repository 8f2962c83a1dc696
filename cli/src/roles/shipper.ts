/** The shipper role: the journals of this machine, of all its proxies, to Kafka. Beside the proxies, so that they never wait. */
import './lowest-priority.ts'
import { readJournalMetrics, RoleMetrics } from '@gatetrail/eventlog'
import { version } from '../version.ts'
import { openRoleJournal } from './open-role-journal.ts'
import { openOrClose } from './opened.ts'
import { openShipper } from './open-shipper.ts'
import { runRole } from './run-role.ts'

runRole('shipper', (context) =>
  openOrClose(async (opened) => {
    const { configuration, log } = context
    const metrics = opened.keep(new RoleMetrics(version))
    const journal = await openRoleJournal('shipper', configuration, log)
    readJournalMetrics(metrics, journal, configuration.journal.bytesMax)
    // If the shipper does not start. Else the journal is closed before it, so that its own last records are shipped, too.
    opened.atEnd(() => journal.close('error'))
    const shipper = await openShipper(context, journal, metrics, opened)
    opened.atEnd(() => journal.close('shutdown'))
    return {
      details: {},
      status: async () => ({ ...shipper.readiness(), metrics: await metrics.text() }),
      close: () => opened.closeAll(),
    }
  }),
)
