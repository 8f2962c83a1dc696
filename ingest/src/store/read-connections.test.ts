/** Questions beside each other: each with its own parameters, whatever stands in them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openEmbeddedStore } from './embedded-store.ts'
import type { Store } from './store.ts'

let directory: string
let store: Store

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-read-connections-'))
  store = await openEmbeddedStore(join(directory, 'chdb'))
})

afterAll(async () => {
  await store?.close()
  await rm(directory, { recursive: true, force: true })
})

async function ask(query: string, query_params?: Record<string, unknown>): Promise<unknown> {
  const format = 'JSONEachRow'
  const answer = await store.read.query({
    query,
    format,
    ...(query_params !== undefined && { query_params }),
  })
  return (await answer.json())[0]
}

it('Parameters arrive as they were given, whatever stands in them', async () => {
  const odd = `'; DROP TABLE x -- \\ \\' \t\n\r\0 {a:String} é😀 \u2028 "\``
  expect(
    await ask(
      'SELECT {a:String} AS a, {b:Array(String)} AS b, {c:Array(String)} AS c, {d:Int32} AS d',
      { a: odd, b: [odd, "'", ''], c: [], d: -5 },
    ),
  ).toEqual({ a: odd, b: [odd, "'", ''], c: [], d: -5 })
})

it('Parameters that are longer than a statement may be arrive too', async () => {
  const many = Array.from({ length: 9_000 }, (_, index) => `session ${index} of a long list`)
  expect(
    await ask('SELECT length({many:Array(String)}) AS a, {many:Array(String)}[-1] AS b', { many }),
  ).toEqual({ a: many.length, b: many.at(-1) })
})

it('A question that takes its time does not keep the next one waiting', async () => {
  const order: string[] = []
  await Promise.all([
    ask('SELECT sleep({seconds:Float64})', { seconds: 2 }).then(() => order.push('slow')),
    ask('SELECT {a:UInt8} AS a', { a: 1 }).then(() => order.push('quick')),
  ])
  expect(order).toEqual(['quick', 'slow'])
})

it('Of questions at once each has its own parameters', async () => {
  const asked = Array.from({ length: 60 }, (_, index) => index)
  const answers = await Promise.all(
    asked.map((value) => ask('SELECT {value:UInt32} AS value, sleep(0.001) AS slept', { value })),
  )
  expect(answers).toEqual(asked.map((value) => ({ value, slept: 0 })))
})

it('A parameter that is not given is never that of an earlier question', async () => {
  for (let time = 0; time < 4; time++) await ask('SELECT {secret:String} AS a', { secret: 'x' })
  await expect(ask('SELECT {secret:String} AS a', { other: 'y' })).rejects.toThrow('is not given')
  await expect(ask('SELECT {secret:String} AS a')).rejects.toThrow('is not given')
})

it('What only looks like a parameter is none, and one that was not given is refused however it is written', async () => {
  expect(await ask(`SELECT 'job {id:7} \\' {x:String}' AS a`)).toEqual({
    a: `job {id:7} ' {x:String}`,
  })
  await ask('SELECT {left:String} AS a', { left: 'of an earlier question' })
  await expect(ask('SELECT { left : String} AS a')).rejects.toThrow('left is not given')
})
