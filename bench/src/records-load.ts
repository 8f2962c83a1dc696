/** Records at a steady rate into the journal directory of a running Gatetrail, as a further proxy of its machine writes them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { createSessionStamp, loadSigningKey, openJournal } from '@gatetrail/eventlog'
import { dataFiles, type EventBody } from '@gatetrail/schemas'

export type RecordsLoad = {
  /** Written so far. */
  readonly records: number
  stop(): Promise<void>
}

const turnMs = 20
const recordsPerSession = 100
const completed: EventBody<'gatetrail.statement.completed'> = {
  ...{ statement: 0, startedMicros: Date.now() * 1000, durationMicros: 900 },
  ...{ rows: 1, bytes: 180, command: 'SELECT 1' },
}
const body = JSON.stringify(completed)

export async function startRecords(
  dataDirectory: string,
  recordsPerSecond: number,
): Promise<RecordsLoad> {
  const journal = await openJournal({
    directory: join(dataDirectory, dataFiles.journal),
    signingKey: await loadSigningKey(join(dataDirectory, dataFiles.keys)),
    role: 'proxy',
    instance: 'bench',
    tenant: 'default',
    durability: 'write',
    version: '0.0.0',
  })
  const startedAt = performance.now()
  const stopping = new AbortController()
  let records = 0
  let stamp = createSessionStamp()
  const work = (async () => {
    while (!stopping.signal.aborted) {
      // What was missed while the machine was busy is made up for.
      const due = ((performance.now() - startedAt) * recordsPerSecond) / 1000
      while (records < due) {
        if (records % recordsPerSession === 0) stamp = createSessionStamp()
        journal.append('gatetrail.statement.completed', stamp, body)
        records++
      }
      await sleep(turnMs)
    }
  })()
  return {
    get records() {
      return records
    },
    stop: async () => {
      stopping.abort()
      await work
      await journal.close('shutdown')
    },
  }
}
