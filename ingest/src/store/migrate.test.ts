/** Migrations of a store that has rows, and is still busy with those of before. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrations } from '@gatetrail/schemas'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openEmbeddedStore } from './embedded-store.ts'
import { migrate } from './migrate.ts'
import { selectRows, type Store } from './store.ts'

let directory: string
let store: Store
const run = (query: string) => store.write.command({ query })
const go = (table: string) => store.read.command({ query: `SYSTEM START MERGES ${table}` })
const texts = async (query: string) =>
  (await selectRows(store.read, query)).map(({ text }) => String(text))
const unfinished = () =>
  texts('SELECT command AS text FROM system.mutations WHERE NOT is_done AND NOT is_killed')
const withWords = (words: string) =>
  texts(`SELECT text FROM statements WHERE hasAllTokens(lowerUTF8(text), '${words}') ORDER BY text`)

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-migrate-'))
  store = await openEmbeddedStore(join(directory, 'chdb'))
})

afterEach(async () => {
  await store?.close()
  await rm(directory, { recursive: true, force: true })
})

describe('migrations of a store with rows', () => {
  it('neither wait for the engine to rewrite rows, nor fail on what it is still rewriting', async () => {
    const before = migrations.findIndex(({ id }) => id === '0014-search-payloads')
    await migrate(store.write, store.target, migrations.slice(0, before))
    for (const text of ['DROP DATABASE orders', 'drop database x'])
      await run(`INSERT INTO statements_rows (tenant, seq, text, stored) VALUES ('t', ${text.length}, '${text}', now())`) // prettier-ignore
    await run(`INSERT INTO pii_touches_rows (tenant, seq) VALUES ('t', 3)`)
    // Nothing that rewrites their rows is done from now on.
    for (const table of ['statements_rows', 'pii_touches_rows'])
      await run(`SYSTEM STOP MERGES ${table}`)
    await run('ALTER TABLE statements_rows MATERIALIZE INDEX words_index SETTINGS mutations_sync = 0') // prettier-ignore
    expect(await unfinished()).toHaveLength(1)

    const migrated = migrate(store.write, store.target)
    await expect.poll(unfinished, { timeout: 20_000 }).toEqual(['(DROP INDEX IF EXISTS words_index)']) // prettier-ignore
    await go('statements_rows')
    await migrated
    expect(await unfinished()).toContain('(MATERIALIZE COLUMN run_key)')
    expect(await withWords('drop database')).toEqual(['DROP DATABASE orders', 'drop database x'])

    await go('pii_touches_rows')
    await expect.poll(unfinished, { timeout: 20_000 }).toEqual([])
    expect(await withWords('drop database')).toEqual(['DROP DATABASE orders', 'drop database x'])
  }, 60_000)
})
