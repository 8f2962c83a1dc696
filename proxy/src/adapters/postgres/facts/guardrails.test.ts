/**
 * The guardrail corpus of e2e/, by facts alone: under "nothing but reading" whatever could change something must already be
 * refused by what the description says, without a read-only transaction behind it.
 */
import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  newestPostgresBinaries,
  startTestPostgres,
  type TestPostgres,
} from '../testing/postgres-server.ts'
import { describeStatement } from './describe-statement.ts'
import { createEnvironment, type SqlEnvironment } from './environment.ts'
import { loadParser } from './parser.ts'
import { realEnvironment } from './testing/real-environment.ts'

const folder = new URL('../../../../../e2e/src/guardrails/', import.meta.url)

type Entry = { title: string; messages: string[] }

async function readCorpus(name: string): Promise<Entry[]> {
  const text = await readFile(new URL(name, folder), 'utf8')
  return text.split('\n\n').flatMap((part) => {
    const [title = '', ...lines] = part.split('\n')
    const body = lines.join('\n').trimEnd()
    if (body === '') return []
    return [{ title: title.replace(/^-- /, ''), messages: body.split('\n--- then\n') }]
  })
}

const evil = await readCorpus('evil.sql')
const harmless = await readCorpus('harmless.sql')

/** Refused by "complete, and nothing but read and session", or by a session that is held read-only. */
function refused(text: string, environment: SqlEnvironment): boolean {
  const described = describeStatement(text, environment)
  // As the session's tracker does: what stands behind SET search_path in one text is read with an unknown one.
  const renames = described.parts.length > 1 && described.settings.some(isSearchPath)
  const { id: _, ...state } = environment
  const { facts, completeButNames, setsReadOnlyOff } = renames
    ? describeStatement(text, createEnvironment({ ...state, searchPath: undefined }))
    : described
  // EXECUTE of a name: the session knows whether its PREPARE was refused.
  return (
    setsReadOnlyOff ||
    !completeButNames ||
    facts.effects.some((effect) => effect !== 'read' && effect !== 'session')
  )
}

/** What would outlive a rollback, reach for other servers, or stop this one. */
const outlivesRollback =
  /\b(begin|commit|rollback|start transaction|prepare transaction|alter system|checkpoint|vacuum|concurrently|subscription|dblink|far_|import foreign|program|load|discard|set role|session authorization|tmp)\b|pg_(terminate|cancel|promote|reload|switch|create_|import|read|ls|stat_file)|lo_(import|export)|proc_commit/i

/** Whether somebody who may write, but not customers, would be refused one of these. */
function saysSo(messages: readonly string[], environment: SqlEnvironment): boolean {
  const { id: _, ...state } = environment
  return messages.some((text) => {
    // Behind a SET search_path of its own the session is asked, see above.
    const path = /search_path|schema 'evil'/.test(messages.join()) ? undefined : state.searchPath
    const at = createEnvironment({ ...state, searchPath: path })
    const { facts, completeButNames } = describeStatement(text, at)
    const { effects, writes } = facts
    return (
      !completeButNames ||
      writes.includes('public.customers') ||
      effects.includes('schema') ||
      effects.includes('external')
    )
  })
}

const isSearchPath = ({ name }: { name: string }): boolean => name === 'search_path'

/** What the session's tracker does: later messages are read with the search_path that the earlier ones set. */
function refusedSession(messages: readonly string[], environment: SqlEnvironment): boolean {
  let at = environment
  const named = new Set<string>()
  for (const text of messages) {
    if (refused(text, at)) return true
    for (const { cursor, prepared } of describeStatement(text, at).parts) {
      const [action, name] = [cursor?.action ?? prepared?.action, cursor?.name ?? prepared?.name]
      if (name === undefined) continue
      if (action === 'declare' || action === 'prepare') named.add(name)
      else if ((action === 'fetch' || action === 'execute') && !named.has(name)) return true
    }
    for (const { name, value } of describeStatement(text, at).settings) {
      if (name !== 'search_path' || value === undefined) continue
      const { id: _, ...state } = at
      const searchPath = value.split(',').map((schema) => schema.trim())
      at = createEnvironment({ ...state, searchPath: value === '' ? [] : searchPath })
    }
  }
  return false
}

describe.skipIf(newestPostgresBinaries === undefined)('the guardrail corpus', () => {
  let server: TestPostgres
  let environment: SqlEnvironment

  beforeAll(async () => {
    await loadParser()
    server = await startTestPostgres([], newestPostgresBinaries)
    await server.execute(await readFile(new URL('set-up.sql', folder), 'utf8'))
    environment = await realEnvironment(server)
  }, 60_000)
  afterAll(() => server?.stop())

  test.each(evil)('refuses: $title ($messages)', ({ messages }) => {
    expect(refusedSession(messages, environment)).toBe(true)
  })

  test('says so where customers change: by writes, or that it is incomplete, a definition, or out of reach', async () => {
    const client = new Client({ host: '127.0.0.1', port: server.port, user: 'postgres' })
    const rows = async (): Promise<unknown> =>
      (await client.query(`select ctid, xmin, * from public.customers order by ctid`)).rows
    await client.connect()
    await client.query(`set statement_timeout = '5s'`)
    let changing = 0
    const unsaid: string[] = []
    try {
      const before = await rows()
      for (const { title, messages } of evil) {
        if (messages.some((text) => outlivesRollback.test(text))) continue
        await client.query('begin')
        let changed = false
        try {
          for (const text of messages) await client.query(text)
          changed = !isDeepStrictEqual(await rows(), before)
        } catch {
          // PostgreSQL itself refuses this one, or customers is gone, which is a definition.
        }
        await client.query('rollback')
        if (!changed) continue
        changing++
        if (!saysSo(messages, environment)) unsaid.push(title)
      }
      expect(await rows()).toEqual(before)
    } finally {
      await client.end()
    }
    expect(unsaid).toEqual([])
    expect(changing).toBeGreaterThan(150)
  }, 400_000)

  test.each(harmless)('lets through: $title ($messages)', ({ messages }) => {
    for (const text of messages) {
      const { facts } = describeStatement(text, environment)
      expect({ text, ...facts }).toMatchObject({ text })
    }
    expect(refusedSession(messages, environment)).toBe(false)
  })
})
