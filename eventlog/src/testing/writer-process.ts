/**
 * For crash.test.ts: a process that writes sessions under load until it is killed, and says on stdout what was
 * acknowledged: a line `session:seq` per record, written before anything else happens.
 */
import { writeSync } from 'node:fs'
import type { Journal } from '../journal/journal.ts'
import { openJournal } from '../open-journal.ts'
import { createSessionStamp, type SessionStamp } from '../session-stamp.ts'
import { loadSigningKey } from '../signing-key.ts'

const [journalDirectory, keysDirectory, durability] = process.argv.slice(2)
if (journalDirectory === undefined || keysDirectory === undefined)
  throw new Error('two directories')

const journal = await openJournal({
  directory: journalDirectory,
  signingKey: await loadSigningKey(keysDirectory),
  role: 'proxy',
  version: '0.0.0',
  tenant: 'default',
  durability: durability === 'fsync' ? 'fsync' : 'write',
  heartbeatIntervalMs: 20,
  segmentBytesMax: 64 * 1024,
})

for (let index = 0; index < 8; index++) {
  const stamp = createSessionStamp()
  journal.append('gatetrail.session.opened', stamp, '{}')
  journal.afterWrite(stamp, 'command', () => {
    writeSync(1, `open ${stamp.id}\n`)
    step(journal, stamp)
  })
}

function step(journal: Journal, stamp: SessionStamp): void {
  const seq = journal.append(
    'gatetrail.statement.decided',
    stamp,
    JSON.stringify({ text: 'x'.repeat((stamp.nextSeq * 37) % 2000) }),
  )
  journal.afterWrite(stamp, 'command', (error) => {
    if (error !== undefined) return
    writeSync(1, `${stamp.id}:${seq}\n`)
    setImmediate(step, journal, stamp)
  })
}
