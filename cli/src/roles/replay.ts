/** The replay role: the API and the web app over a ClickHouse server, and the control log's publisher. Any number of them. */
import { dirname } from 'node:path'
import { readJournalMetrics, RoleMetrics } from '@gatetrail/eventlog'
import { openReadStore } from '@gatetrail/ingest'
import type { IngestPort } from '@gatetrail/replay-server'
import { assert, GatetrailError } from '@gatetrail/schemas'
import { readStoreSettings } from '../configuration/store-settings.ts'
import { version } from '../version.ts'
import { openRoleJournal } from './open-role-journal.ts'
import { openShipper } from './open-shipper.ts'
import { openOrClose, within } from './opened.ts'
import { openReplayApi } from './replay-api.ts'
import { runRole } from './run-role.ts'

/** Less than who asks for the status waits. */
const storeAnswerMsMax = 1_500

runRole('replay', (context) =>
  openOrClose(async (opened) => {
    const { configuration, configurationFile, environment, log } = context
    const { store, retention } = configuration
    assert(store !== undefined, 'the replay role is started where store is set')
    const metrics = opened.keep(new RoleMetrics(version))
    const journal = await openRoleJournal('replay', configuration, log)
    readJournalMetrics(metrics, journal, configuration.journal.bytesMax)
    opened.atEnd(() => journal.close('error'))
    // Ends in this order: answers, then the journal, then it is shipped.
    const shipper = await openShipper(context, journal, metrics, opened)
    opened.atEnd(() => journal.close('shutdown'))
    const sources = { environment, configurationDirectory: dirname(configurationFile) }
    const { read, close } = await openReadStore(
      await readStoreSettings(store, retention, sources, 'reader'),
    )
    opened.atEnd(close)
    const over = { read, journal, ingest: ingestElsewhere(), metrics }
    const replay = await openReplayApi(context, over, opened)
    const storeNotes = async (): Promise<string[]> => {
      let notes = ['the event store does not answer']
      const asked = read.ping({ select: true }).then((result) => {
        notes = result.success ? [] : [`the event store does not answer: ${result.error.message}`]
      })
      await within(
        storeAnswerMsMax,
        asked.catch(() => undefined),
      )
      return notes
    }
    return {
      details: { address: replay.address },
      status: async () => {
        const ofStore = await storeNotes()
        // Without Kafka questions are answered as long as the journal has room for the record of them.
        const ready = ofStore.length === 0 && journal.accepting
        const notes = [...ofStore, ...shipper.readiness().notes]
        return { ready, notes, metrics: await metrics.text() }
      },
      close: () => opened.closeAll(),
    }
  }),
)

/** Ingest has processes of its own, and this one may not write to the store. */
function ingestElsewhere(): IngestPort {
  const elsewhere = (what: string, hint: string) =>
    new GatetrailError(
      'REQUEST_INVALID',
      `${what} is not for this process: ingest runs elsewhere`,
      {
        hint,
      },
    )
  return {
    status: () => ({ elsewhere: true }),
    idle: () =>
      Promise.reject(
        elsewhere(
          'waiting for ingest',
          'See gatetrail_ingest_lag_messages of the ingest processes.',
        ),
      ),
    rebuild: () =>
      Promise.reject(
        elsewhere('a rebuild', 'Run gatetrail ingest rebuild where ingest is configured.'),
      ),
    redrive: () =>
      Promise.reject(
        elsewhere('a redrive', 'Run gatetrail ingest redrive where ingest is configured.'),
      ),
  }
}
