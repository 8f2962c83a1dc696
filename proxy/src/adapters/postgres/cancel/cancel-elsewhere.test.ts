import { expect, test } from 'vitest'
import { createCancelElsewhere } from './cancel-elsewhere.ts'

const request = { processId: 1, secret: Buffer.alloc(32) }
const caller = { address: '192.0.2.7', port: 50_000, forwarded: false }
const yes = (): Promise<boolean> => Promise.resolve(true)
const no = (): Promise<boolean> => Promise.resolve(false)

test('other workers are asked first, and other proxies only if none of them has the session', async () => {
  const asked: string[] = []
  const ask = (name: string, found: boolean) => () => {
    asked.push(name)
    return Promise.resolve(found)
  }
  const first = createCancelElsewhere(ask('workers', true), ask('proxies', true))
  expect(await first.ask(request, caller)).toBe('found')
  expect(asked).toEqual(['workers'])
  const second = createCancelElsewhere(ask('workers', false), ask('proxies', true))
  expect(await second.ask(request, caller)).toBe('found')
  expect(asked).toEqual(['workers', 'workers', 'proxies'])
})

test('who is asked by another proxy asks no proxy: no request goes in circles', async () => {
  const forwarded = { ...caller, forwarded: true }
  expect(await createCancelElsewhere(no, yes).ask(request, forwarded)).toBe('unknown')
  expect(await createCancelElsewhere(yes, yes).ask(request, forwarded)).toBe('found')
  expect(await createCancelElsewhere(undefined, yes).ask(request, forwarded)).toBe('unknown')
})

test('one address has others asked for a few of its requests at a time, and all addresses together for a bounded number', async () => {
  const waiting: (() => void)[] = []
  const slow = (): Promise<boolean> =>
    new Promise((resolve) => {
      waiting.push(() => resolve(false))
    })
  const elsewhere = createCancelElsewhere(slow, undefined)
  const ask = (address: string) => elsewhere.ask(request, { ...caller, address })
  const answers = Array.from({ length: 20 }, () => ask('192.0.2.7'))
  expect(waiting).toHaveLength(8)
  for (let index = 0; index < 200; index++) answers.push(ask(`10.0.0.${index}`))
  expect(waiting).toHaveLength(32)
  for (const answer of waiting.splice(0)) answer()
  const heard = await Promise.all(answers)
  expect(heard.filter((answer) => answer === 'unknown')).toHaveLength(32)
  expect(heard.filter((answer) => answer === 'busy')).toHaveLength(188)
  void ask('192.0.2.7')
  expect(waiting).toHaveLength(1)
})
