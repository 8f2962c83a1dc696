/** What facts say of result columns, against a real PostgreSQL: the names, the origins, and the values that came. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  newestPostgresBinaries,
  startTestPostgres,
  type TestPostgres,
} from '../testing/postgres-server.ts'
import { describeStatement } from './describe-statement.ts'
import type { SqlEnvironment } from './environment.ts'
import type { OutputColumn } from './lineage.ts'
import { loadParser } from './parser.ts'
import { Asker, type Field } from './testing/asker.ts'
import { randomFrom, randomQuery } from './testing/random-queries.ts'
import { realEnvironment } from './testing/real-environment.ts'

const read = (name: string): Promise<string> =>
  readFile(new URL(`testing/${name}`, import.meta.url), 'utf8')
const queries = (await read('lineage-queries.sql'))
  .split(/;\n/)
  .filter((text) => text.trim() !== '')
/** Queries that try to get tagged data out, with the positions of the columns that may hold some. */
const attacks = (await read('lineage-attacks.sql'))
  .split('\n')
  .flatMap((line): [string, number[]][] => {
    const [text = '', positions] = line.split('; --')
    if (positions === undefined) return []
    return [
      [
        text,
        positions
          .split(' ')
          .filter((word) => word !== '')
          .map(Number),
      ],
    ]
  })
const tags = { 'public.customers.ssn': 'US_SSN', 'public.customers.email': 'EMAIL' }

const canary = /canary|078051|CANARY/
const randomMs = 5_000
const seed = Date.now() % 1_000_000

describe.skipIf(newestPostgresBinaries === undefined)('the columns of a description', () => {
  let server: TestPostgres
  let environment: SqlEnvironment
  let asker: Asker
  const counts = { queries: 0, refused: 0, columns: 0, tagged: 0, unknown: 0, untold: 0 }

  const untold: string[] = []

  beforeAll(async () => {
    await loadParser()
    server = await startTestPostgres([], newestPostgresBinaries)
    await server.execute(await read('lineage-schema.sql'))
    await server.execute(`alter role postgres set statement_timeout = '500ms'`)
    environment = await realEnvironment(server, tags)
    asker = await Asker.open(server.port)
  }, 60_000)

  afterAll(async () => {
    process.stdout.write(`${JSON.stringify(counts)}\n${untold.join('\n')}\n`)
    asker.close()
    await server.stop()
  })

  test.each(queries)('are those that PostgreSQL answers with: %s', async (text) => {
    const answer = await asker.ask(text)
    counts.queries++
    if (answer.error !== undefined || answer.fields === undefined) {
      counts.refused++
      untold.push(`${answer.error}: ${text}`)
      return
    }
    const { parts } = describeStatement(text, environment)
    const columns = parts[0]?.columns
    if (columns === undefined) {
      counts.untold++
      untold.push(`untold: ${text}`)
      return
    }
    expect(columns.map(({ name }) => name)).toEqual(answer.fields.map(({ name }) => name))
    answer.fields.forEach((field, index) => {
      const column = columns[index]
      // Masked whole, wherever it comes from.
      if (column?.unknown !== true) expect(column?.origin, field.name).toBe(originOf(field))
      noteColumn(column, answer.rows, index)
    })
  })

  test.each(attacks)(
    'are tagged where they may hold tagged data, and only there: %s',
    async (text, positions) => {
      const answer = await asker.ask(text)
      expect(answer.error).toBeUndefined()
      const columns = describeStatement(text, environment).parts[0]?.columns ?? []
      expect(columns.map(({ name }) => name)).toEqual(answer.fields?.map(({ name }) => name))
      const tagged = columns.flatMap((column, index) =>
        column.unknown || column.tags.length > 0 ? [index + 1] : [],
      )
      expect(tagged).toEqual(positions)
    },
  )

  test('are those of queries made at random of these, and hold no tagged data untold', async () => {
    const random = randomFrom(seed)
    const texts = [...queries, ...attacks.map(([text]) => text)]
    const words = texts.flatMap((text) => text.split(/(\b)/)).filter((word) => word.trim() !== '')
    const untilMs = Date.now() + randomMs
    let compared = 0
    while (Date.now() < untilMs) {
      const text = randomQuery(texts, words, random)
      const { parts, statements, parseError } = describeStatement(text, environment)
      if (parseError !== undefined || statements !== 1) continue
      const answer = await asker.ask(text)
      const columns = parts[0]?.columns
      if (answer.fields === undefined || answer.error !== undefined || columns === undefined)
        continue
      compared++
      const names = columns.map(({ name }) => name)
      expect(names, `seed ${seed}: ${text}`).toEqual(answer.fields.map(({ name }) => name))
      answer.fields.forEach((field, index) => {
        const column = columns[index]
        if (column === undefined || column.unknown) return
        expect(column.origin, `seed ${seed}: ${text}`).toBe(originOf(field))
        const shows = answer.rows.some((row) => canary.test(row[index] ?? ''))
        if (column.tags.length === 0) expect(shows, `seed ${seed}: ${text}`).toBe(false)
      })
    }
    process.stdout.write(`${compared} random queries compared\n`)
    expect(compared).toBeGreaterThan(20)
  }, 60_000)

  test('leave few queries untold, and none refused for its own mistakes', () => {
    expect(counts.untold).toBeLessThanOrEqual(2)
    expect(counts.refused).toBe(0)
    expect(counts.columns).toBeGreaterThan(500)
  })

  function originOf({ tableID, columnID }: Field): string | undefined {
    const relation = environment.model.relationsByOid.get(tableID)
    const column = relation?.columns.find(({ attribute }) => attribute === columnID)
    return relation === undefined || column === undefined
      ? undefined
      : `${relation.schema}.${relation.name}.${column.name}`
  }

  function noteColumn(
    column: OutputColumn | undefined,
    rows: readonly (string | null)[][],
    index: number,
  ): void {
    counts.columns++
    if (column?.unknown === true) {
      counts.unknown++
      untold.push(`unknown: ${column.name}`)
    }
    if (column === undefined || column.unknown || column.tags.length > 0) {
      counts.tagged++
      return
    }
    for (const row of rows) {
      expect(row[index] ?? '', `${column.name} is said to hold no tagged data`).not.toMatch(canary)
    }
  }
})
