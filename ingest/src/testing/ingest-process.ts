/**
 * For tests: ingest as a process of its own, to be killed. `node ingest-process.js <dataDir>`; says `ready`, and `idle` for
 * each line that it is sent once all is stored.
 */
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { dataFiles } from '@gatetrail/schemas'
import { pino } from 'pino'
import { startIngest } from '../start-ingest.ts'
import { openEmbeddedStore } from '../store/embedded-store.ts'

const dataDir = process.argv[2] ?? ''
const store = await openEmbeddedStore(join(dataDir, dataFiles.store))
const ingest = await startIngest({
  configuration: { dataDir, tenant: 'default', journal: { keepHours: 24 } },
  store,
  log: pino({ level: 'error' }, pino.destination(2)),
})
process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  if (line === '') continue
  await ingest.idle()
  process.stdout.write('idle\n')
}
await ingest.close()
await store.close()
