/**
 * Some 200 questions that try to get a tagged value past masking, each as simple query and by the extended protocol with
 * text and binary results; and some 100 that show nothing tagged, whose answers must be the target's own, byte for byte.
 * GATETRAIL_MASKING_STYLE=token: the same in another style.
 */
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { findNeedles } from './harness/needles.ts'
import { createPlatform, readAllFiles, type Platform } from './harness/platform.ts'
import { applicationPassword, applicationUser } from './harness/postgres.ts'
import { withStore } from './harness/store.ts'
import { AskingClient, cellsOf, roads, type Road } from './leaks/asking-client.ts'
import { harmlessQueries } from './leaks/harmless-queries.ts'
import { leakQueries } from './leaks/leak-queries.ts'
import { leaksInCells, needles, prepareSecrets, secretColumns } from './leaks/shop-of-secrets.ts'

let platform: Platform

beforeAll(async () => {
  platform = await createPlatform({
    columns: secretColumns,
    // Of tagged columns alone: what names tell would change harmless answers too.
    sections: {
      detection: { columns: false },
      masking: { default: process.env['GATETRAIL_MASKING_STYLE'] ?? 'same_length' },
    },
    prepare: prepareSecrets,
  })
  await platform.start()
})
afterAll(async () => platform?.close())

const showLogs = () => onTestFailed(async () => console.log(await platform.logs()))

async function connect(): Promise<AskingClient> {
  const password = await platform.issuer.token('prober', ['everything'], { run_id: 'leaks' })
  const { postgres: port } = platform.ports
  return AskingClient.connect({ host: '127.0.0.1', port, database: 'orders', user: 'anybody', password }) // prettier-ignore
}

// First: the other questions put tagged data into columns, which are tagged from then on.
test('what shows nothing tagged is answered as by the target itself, byte for byte', async () => {
  showLogs()
  const differing: string[] = []
  const shorten = (bytes: Buffer): string =>
    bytes.toString('latin1').replaceAll(/[^\x20-\x7e]+/g, '·').slice(0, 300) // prettier-ignore
  // One after the other: what they insert, they remove.
  const compare = async (road: Road): Promise<void> => {
    const direct = await AskingClient.connect({
      host: '127.0.0.1',
      port: platform.target.port,
      database: 'shop',
      user: applicationUser,
      password: applicationPassword,
    })
    const through = await connect()
    const expected: Buffer[] = []
    for (const text of harmlessQueries) expected.push((await direct.ask(text, road)).bytes)
    for (const [index, text] of harmlessQueries.entries()) {
      const { bytes } = await through.ask(text, road)
      const own = expected[index]!
      if (!bytes.equals(own)) {
        differing.push(`${road}: ${text}\n    ${shorten(own)}\n    ${shorten(bytes)}`)
      }
    }
    await direct.close()
    await through.close()
  }
  for (const road of roads) await compare(road)
  console.log(`${harmlessQueries.length} questions by ${roads.length} roads: ${differing.length} differ`) // prettier-ignore
  expect(differing.join('\n')).toBe('')
})

test.each(roads)('no tagged value leaves by any road that we know: %s', async (road) => {
  showLogs()
  const counts = { questions: 0, statements: 0, answered: 0, refused: 0, failed: 0 }
  const leaks: string[] = []
  const refused: string[] = []
  for (const [group, questions] of Object.entries(leakQueries)) {
    let client = await connect()
    for (const question of questions) {
      counts.questions++
      if (typeof question !== 'string') {
        // In a session of its own: what one question put into it is not what another one shows.
        await client.close()
        client = await connect()
      }
      for (const text of typeof question === 'string' ? [question] : question) {
        counts.statements++
        const { bytes, error } = await client.ask(text, road)
        if (error === undefined) counts.answered++
        else if (/gatetrail|denied|inspected|not permitted|cannot follow/i.test(error)) {
          counts.refused++
          refused.push(`${text}: ${error}`)
        } else counts.failed++
        const hits = [
          ...findNeedles([...needles], group, bytes).map(({ needle, around }) => `${needle}: ${around}`),
          ...leaksInCells(cellsOf(bytes)),
        ] // prettier-ignore
        if (hits.length > 0) leaks.push(`${group}, ${road}: ${text}\n    ${hits.slice(0, 3).join('\n    ')}`) // prettier-ignore
        if (/terminated|not queryable/.test(error ?? '')) client = await connect()
      }
    }
    await client.close()
  }
  console.log(`${road}: ${JSON.stringify(counts)}, ${leaks.length} leaks`)
  if (process.env['GATETRAIL_SHOW_REFUSED'] !== undefined) console.log(refused.join('\n'))
  expect(leaks.join('\n')).toBe('')
  expect(counts.questions).toBeGreaterThan(200)
  expect(counts.answered).toBeGreaterThan(counts.statements / 2)
})

// With a constant at first: by now every other column may hold tagged data.
test('a function that another session has replaced is at once what it is now', async () => {
  showLogs()
  const [first, second] = [await connect(), await connect()]
  const define = async (client: AskingClient, column: string): Promise<unknown> =>
    client.ask(`create or replace function passing() returns text language sql as 'select ${column} from customers limit 1'`, 'simple') // prettier-ignore
  await define(first, `''plain''::text`)
  await first.ask('prepare passing as select passing() as x', 'simple')
  const before = await first.ask('execute passing', 'simple')
  expect(before.bytes.toString()).toContain('plain')
  await define(second, 'ssn')
  for (const text of ['execute passing', 'select passing() as x', `select passing() || ''`]) {
    const { bytes, error } = await first.ask(text, 'text')
    expect(error).toBeUndefined()
    expect(findNeedles([...needles], text, bytes)).toEqual([])
  }
  await first.close()
  await second.close()
})

test('no tagged value is in the journal, the store or the logs', async () => {
  showLogs()
  await platform.settle()
  await platform.stop()
  const hits: string[] = []
  const search = (where: string, bytes: Buffer): void => {
    for (const { needle, around } of findNeedles([...needles], where, bytes)) {
      hits.push(`${where}: ${needle}: ${around}`)
    }
  }
  let bytes = 0
  for (const [path, content] of await readAllFiles(platform.dataDirectory)) {
    bytes += content.length
    search(path, content)
  }
  search('the output of up', Buffer.from(platform.output))
  await withStore(platform, async ({ rows }) => {
    for (const column of ['records.bytes', 'chunks.payload']) {
      const [table, name] = column.split('.')
      const raw = await rows<{ raw: string }>(`SELECT base64Encode(${name}) AS raw FROM ${table}_rows`) // prettier-ignore
      for (const row of raw) {
        const content = Buffer.from(row.raw, 'base64')
        bytes += content.length
        search(column, content)
      }
    }
  })
  console.log(`${needles.length} needles in ${bytes} bytes: ${hits.length} hits`)
  expect(hits.slice(0, 20).join('\n')).toBe('')
})
