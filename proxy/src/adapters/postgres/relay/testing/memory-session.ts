/** For tests: a relay between two sockets in memory, fed byte by byte as a test likes. */
import { Duplex } from 'node:stream'
import { pino } from 'pino'
import { byValueAlone } from '../../../../detection/testing/detections.ts'
import type { Snapshot } from '../../catalogue/snapshot.ts'
import { createFactsCache } from '../../facts/index.ts'
import { testModel } from '../../facts/testing/test-model.ts'
import { ColumnKnowledge } from '../../masking/column-knowledge.ts'
import type { CloseReason, Relay, RelayContext } from '../context.ts'
import { startRelay } from '../start-relay.ts'
import { createStamp, MemoryJournal, type TestStamp } from './memory-journal.ts'

export class MemorySocket extends Duplex {
  readonly #written: Buffer[] = []
  /** A peer that does not read. */
  stuck = false

  constructor() {
    super({ allowHalfOpen: false })
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.#written.push(Buffer.from(bytes))
    if (!this.stuck) done()
  }

  /** All that was written to it. */
  get received(): Buffer {
    return Buffer.concat(this.#written)
  }
}

export const facts = createFactsCache({ entriesMax: 256, bytesMax: 1_000_000 })

/** public.people (OID 20000): id, name, ssn (US_SSN), born (BIRTH_DATE). public.notes (OID 20001): text. */
export const snapshot: Snapshot = {
  model: testModel({
    'public.people': 'id name ssn:US_SSN born:BIRTH_DATE',
    'public.notes': 'text',
  }),
  relations: new Map([
    [20_000, { name: 'public.people', kind: 'r' }],
    [20_001, { name: 'public.notes', kind: 'r' }],
  ]),
  tagged: new Map([
    [
      20_000,
      new Map([
        [3, { column: 'public.people.ssn', dataClass: 'US_SSN', typeOid: 25 }],
        [4, { column: 'public.people.born', dataClass: 'BIRTH_DATE', typeOid: 1082 }],
      ]),
    ],
  ]),
}

export type MemorySession = {
  client: MemorySocket
  target: MemorySocket
  journal: MemoryJournal
  relay: Relay
  end: () => { reason: CloseReason; code: string | undefined } | undefined
  fromClient(...pieces: Uint8Array[]): Promise<void>
  fromTarget(...pieces: Uint8Array[]): Promise<void>
}

export function memorySession(options: Partial<RelayContext<TestStamp>> = {}): MemorySession {
  const client = new MemorySocket()
  const target = new MemorySocket()
  const journal = new MemoryJournal()
  let end: ReturnType<MemorySession['end']>
  const relay = startRelay<TestStamp>({
    client,
    upstream: target,
    stamp: createStamp(),
    journal,
    connection: { name: 'shop', columns: { 'public.people.ssn': 'US_SSN' } },
    policies: {
      setHash: 'f00d',
      decide: () => allow,
      reveal: () => false,
    },
    facts,
    catalogue: { current: () => snapshot, refresh: () => Promise.resolve(snapshot) },
    fingerprintKey: Buffer.alloc(32, 1),
    detection: options.detection ?? byValueAlone,
    knowledge: new ColumnKnowledge(options.detection ?? byValueAlone),
    log: pino({ level: 'silent' }),
    onEnd: (reason, error) => {
      end = { reason, code: error?.code }
    },
    ...options,
  })
  const feed = async (socket: MemorySocket, pieces: Uint8Array[]): Promise<void> => {
    for (const piece of pieces) {
      // A copy: the relay owns what it reads, and changes it.
      if (!socket.readableEnded && !socket.destroyed) socket.push(Buffer.from(piece))
      await turn()
    }
    await turn()
  }
  return {
    client,
    target,
    journal,
    relay,
    end: () => end,
    fromClient: (...pieces) => feed(client, pieces),
    fromTarget: (...pieces) => feed(target, pieces),
  }
}

export const allow = { verdict: 'allow', policies: ['allow-all'] } as const

/** Until everything that this turn began is on record and written. */
export async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setImmediate(resolve))
}
