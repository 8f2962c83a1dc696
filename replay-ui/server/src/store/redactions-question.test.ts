import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  openTerminalStore,
  terminalSession,
  type TerminalStore,
} from '../testing/terminal-store.ts'
import { redactionsOf } from './redactions-question.ts'

let store: TerminalStore

beforeAll(async () => {
  store = await openTerminalStore()
})
afterAll(() => store?.close())

test('every redaction of a session changes how often something in it was masked', async () => {
  const write = (seq: number, version: number) =>
    store.store(`SELECT ${seq} AS seq, 111 AS type, 'x' AS payload, ${version} AS version`)
  const redactions = () => redactionsOf(store.questions, terminalSession)
  for (const seq of [0, 1, 2]) await write(seq, 1)
  expect(await redactions()).toBe(0)
  await write(1, 2)
  expect(await redactions()).toBe(1)
  await write(2, 2)
  expect(await redactions()).toBe(2)
  await write(1, 3)
  expect(await redactions()).toBe(3)
})
