/** A quarter of a minute of the protocol fuzzer; fuzz.nightly.ts runs it for ten. */
import { expect, test } from 'vitest'
import { fuzz } from './harness/fuzz.ts'
import { chooseSeed } from './harness/random.ts'
import { message } from './harness/recorded-client.ts'
import type { RecordedSession } from './harness/recorded-sessions.ts'
import { findUnrecorded } from './harness/wire-oracle.ts'

test('dialogues that are changed on both sides end no process and let no byte cross that is not on record', async () => {
  await fuzz(15, chooseSeed())
})

test('what the fuzzer asks finds a byte that is not on record, and one that is missing in between', () => {
  const frame = (text: string) => message('Q', `${text}\0`)
  const ready = message('Z', 'I')
  const session: RecordedSession = {
    id: '',
    applicationName: '',
    closed: true,
    toClient: [ready, message('C', 'SELECT 1\0'), ready],
    toTarget: ['select 1', 'select 2', 'select 3'].map((text) => ({
      type: 0x51,
      bytes: frame(text),
      masked: false,
      withheld: false,
    })),
  }
  const toClient = Buffer.concat(session.toClient)
  const ask = (client: Buffer, target: Buffer): boolean =>
    findUnrecorded(session, client, target, { bytesToClient: 0, bytesToTarget: 0, masked: 0, own: 0 }) !== undefined // prettier-ignore
  const key = message('K', Buffer.alloc(8))
  expect(ask(toClient, frame('select 1'))).toBe(false)
  expect(ask(Buffer.concat([key, toClient]).subarray(0, -3), frame('select 3'))).toBe(false)
  expect(ask(toClient, Buffer.concat([frame('select 1'), frame('select 3')]))).toBe(false)
  expect(ask(toClient, frame('select 4'))).toBe(true)
  expect(ask(toClient, Buffer.concat([frame('select 3'), frame('select 1')]))).toBe(true)
  expect(ask(toClient, Buffer.concat([frame('select 1'), frame('select 1')]))).toBe(true)
  expect(ask(Buffer.concat([toClient, ready]), frame('select 1'))).toBe(true)
  const changed = Buffer.from(toClient)
  changed[8]! ^= 1
  expect(ask(changed, frame('select 1'))).toBe(true)
})
