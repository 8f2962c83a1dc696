/**
 * For tests: a writer whose records are made in memory, bytes, chain and signatures as a journal makes them, so that a test
 * can take any of them away, change it or bring it twice. Deterministic but for the key.
 */
import { generateKeyPairSync, sign } from 'node:crypto'
import {
  chunkKind,
  ChunkBuilder,
  emptyHead,
  encodeRecord,
  fragmentFlags,
  heartbeatMessage,
  kindCodeOf,
  kindVersionOf,
  leafHash,
  linkHead,
  type EventBody,
  type EventKind,
  type Principal,
} from '@gatetrail/schemas'
import type { ReadRecord } from '../batch.ts'
import { sha256 } from '../steps/decode-records.ts'

export const principal: Principal = {
  kind: 'ci_job',
  issuer: 'ci',
  subject: 'repo:acme/train',
  groups: ['ml-training'],
  run: {
    provider: 'github',
    id: '4711',
    attempt: '1',
    workflow: 'nightly-train',
    repository: 'acme/train',
    url: 'https://github.com/acme/train/actions/runs/4711',
  },
  onBehalfOf: [{ subject: 'alice', issuer: 'corp' }],
}

/** A UUIDv7 with this time and number: the same in every run. */
export function syntheticUuid(number: number, timeMs = startMs): string {
  const time = timeMs.toString(16).padStart(12, '0')
  const tail = number.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${tail}`
}

export const startMs = Date.UTC(2026, 2, 12, 9)

export class SyntheticWriter {
  readonly writer: string
  readonly system: string
  readonly records: ReadRecord[] = []
  timeMicros = startMs * 1000
  readonly #keys = generateKeyPairSync('ed25519')
  readonly #seqs = new Map<string, number>()
  readonly #leaves: Uint8Array[] = []
  #head: Uint8Array = emptyHead
  #linkFrom = 0

  constructor(number: number, tenant = 'default') {
    this.writer = syntheticUuid(number)
    this.system = syntheticUuid(number + 0x800000)
    const jwk = this.#keys.publicKey.export({ format: 'jwk' })
    this.event('gatetrail.writer.started', this.system, {
      version: '0.1.0',
      role: 'proxy',
      instance: 'test',
      host: 'test',
      processId: 1,
      tenant,
      durability: 'write',
      publicKey: String(jwk.x),
    })
  }

  /** Returns the seq. */
  event<Kind extends EventKind>(kind: Kind, session: string, body: EventBody<Kind>): number {
    const bytes = new TextEncoder().encode(JSON.stringify(body))
    return this.raw(kindCodeOf(kind), kindVersionOf(kind), session, bytes)
  }

  /** A chunk with one frame per payload. */
  chunk(session: string, payloads: readonly Uint8Array[], flags = fragmentFlags.toClient): number {
    const builder = new ChunkBuilder('postgres')
    payloads.forEach((payload, index) =>
      builder.add(
        flags | fragmentFlags.first | fragmentFlags.last,
        0x44,
        index * 10,
        payload.length,
        payload,
        0,
        payload.length,
      ),
    )
    const body = new Uint8Array(builder.length)
    builder.writeTo(body, 0)
    return this.raw(chunkKind.code, chunkKind.version, session, body)
  }

  raw(kindCode: number, version: number, session: string, body: Uint8Array): number {
    const seq = this.#seqs.get(session) ?? 0
    this.#seqs.set(session, seq + 1)
    this.timeMicros += 1000
    const position = this.records.length
    const header = {
      kindCode,
      version,
      session,
      writer: this.writer,
      seq,
      position,
      timeMicros: this.timeMicros,
      offsetMicros: seq * 1000,
    }
    const bytes = encodeRecord(header, body)
    this.records.push({ writer: this.writer, position, bytes })
    this.#leaves.push(leafHash(sha256, bytes))
    return seq
  }

  heartbeat(final = false): void {
    const leaves = this.#leaves.slice(this.#linkFrom)
    const head = linkHead(sha256, this.#head, leaves)
    const link = {
      fromPosition: this.#linkFrom,
      toPosition: this.records.length - 1,
      previousHead: Buffer.from(this.#head).toString('hex'),
      head: Buffer.from(head).toString('hex'),
      final,
    }
    const message = heartbeatMessage({ writer: this.writer, ...link })
    const signature = sign(null, message, this.#keys.privateKey).toString('base64url')
    this.#head = head
    this.#linkFrom = this.records.length
    this.event('gatetrail.writer.heartbeat', this.system, { ...link, signature })
  }

  /** Opens a session, runs statements that touch PII, and closes it if asked to. */
  session(session: string, statements: number, close = true): void {
    this.event('gatetrail.session.opened', session, {
      principal,
      connection: 'orders',
      protocol: 'postgres',
      clientAddress: '127.0.0.1:50000',
      clientTls: true,
      requestedUser: 'train',
      policySet: 'abc',
      policies: ['connect-orders'],
    })
    for (let index = 0; index < statements; index++) this.statement(session, index)
    if (close) this.close(session, statements)
  }

  close(session: string, statements: number): void {
    this.event('gatetrail.session.closed', session, {
      reason: 'client_closed',
      durationMicros: 5000,
      statements,
      rows: statements,
      bytesFromClient: 100,
      bytesToClient: 200,
      coverage: { inspectedBytes: 150, uninspectedBytes: { binary_value: 50 } },
    })
  }

  statement(session: string, index: number): number {
    const description = `hash-${index % 3}`
    if (index < 3) {
      this.event('gatetrail.statement.described', session, {
        description,
        text: `select ssn from customers where id = ${index} -- Ümlaut 'quoted' \\`,
        textBytes: 50,
        facts: {
          kinds: ['select'],
          effects: ['read'],
          reads: ['public.customers'],
          writes: [],
          columns: ['public.customers.ssn'],
          filters: ['public.customers.id'],
          functions: [],
          complete: true,
        },
      })
    }
    const decided = this.event('gatetrail.statement.decided', session, {
      description,
      path: 'simple',
      verdict: 'allow',
      policies: ['read-orders'],
      policySet: 'abc',
    })
    const startedMicros = this.timeMicros
    this.chunk(session, [everyByte, new TextEncoder().encode(`row ${index}`)])
    this.event('gatetrail.pii.touched', session, {
      statement: decided,
      startedMicros,
      connection: 'orders',
      ruleset: '1',
      touches: [
        {
          place: 'public.customers.ssn',
          entity: 'US_SSN',
          outcome: 'masked',
          level: 'certain',
          count: 2,
        },
      ],
    })
    this.event('gatetrail.statement.completed', session, {
      statement: decided,
      startedMicros,
      durationMicros: 700,
      rows: 1,
      bytes: 300,
      command: 'SELECT 1',
    })
    return decided
  }
}

export const everyByte: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => byte)
