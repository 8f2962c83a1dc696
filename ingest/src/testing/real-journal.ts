/** For tests: a real journal with sessions as the proxy writes them. */
import { join } from 'node:path'
import {
  createSessionStamp,
  loadSigningKey,
  openJournal,
  type Journal,
  type SessionStamp,
} from '@gatetrail/eventlog'
import {
  ChunkBuilder,
  dataFiles,
  fragmentFlags,
  type EventBody,
  type EventKind,
} from '@gatetrail/schemas'
import { everyByte, principal } from './synthetic-writer.ts'

export async function openTestJournal(
  dataDir: string,
  role: 'proxy' | 'audit' = 'proxy',
): Promise<Journal> {
  return openJournal({
    directory: join(dataDir, dataFiles.journal),
    signingKey: await loadSigningKey(join(dataDir, dataFiles.keys)),
    positionsDirectory: join(dataDir, dataFiles.ingest),
    role,
    version: '0.1.0',
    tenant: 'default',
    durability: 'write',
    heartbeatIntervalMs: 200,
  })
}

const chunk = new ChunkBuilder('postgres')
const description = 'hash'

export function openSession(journal: Journal): SessionStamp {
  const stamp = createSessionStamp()
  append(journal, 'gatetrail.session.opened', stamp, {
    principal,
    connection: 'orders',
    protocol: 'postgres',
    clientAddress: '127.0.0.1:50000',
    clientTls: true,
    requestedUser: 'train',
    policySet: 'abc',
    policies: ['connect-orders'],
  })
  append(journal, 'gatetrail.statement.described', stamp, {
    description,
    text: 'select 1',
    textBytes: 8,
    facts: {
      kinds: ['select'],
      effects: ['read'],
      reads: [],
      writes: [],
      columns: [],
      filters: [],
      functions: [],
      complete: true,
    },
  })
  return stamp
}

export function runStatement(journal: Journal, stamp: SessionStamp): void {
  const statement = append(journal, 'gatetrail.statement.decided', stamp, {
    description,
    path: 'simple',
    verdict: 'allow',
    policies: ['read'],
    policySet: 'abc',
  })
  const flags = fragmentFlags.first | fragmentFlags.last | fragmentFlags.toClient
  chunk.add(flags, 0x44, 5, everyByte.length, everyByte, 0, everyByte.length)
  journal.append('gatetrail.frames.recorded', stamp, chunk)
  append(journal, 'gatetrail.statement.completed', stamp, {
    statement,
    startedMicros: stamp.lastTimeMicros,
    durationMicros: 10,
    rows: 1,
    bytes: 256,
    command: 'SELECT 1',
  })
}

export function onRecord(journal: Journal): Promise<void> {
  return new Promise((resolve, reject) =>
    journal.afterWrite(journal.system, 'command', (error) =>
      error === undefined ? resolve() : reject(error),
    ),
  )
}

function append<Kind extends EventKind>(
  journal: Journal,
  kind: Kind,
  stamp: SessionStamp,
  body: EventBody<Kind>,
): number {
  return journal.append(kind, stamp, JSON.stringify(body))
}
