/** Ingest from real journals: in this process, and as a process that is killed again and again. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { SessionStamp } from '@gatetrail/eventlog'
import { pino } from 'pino'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startIngest } from './start-ingest.ts'
import { openEmbeddedStore } from './store/embedded-store.ts'
import { selectRows, type Store } from './store/store.ts'
import { onRecord, openSession, openTestJournal, runStatement } from './testing/real-journal.ts'

const kills = 5
const root = fileURLToPath(new URL('../..', import.meta.url))
let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatetrail-ingest-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const silent = pino({ level: 'silent' })

async function withIngest<Result>(
  work: (store: Store, ingest: Awaited<ReturnType<typeof startIngest>>) => Promise<Result>,
): Promise<Result> {
  const store = await openEmbeddedStore(join(dataDir, 'chdb'))
  const ingest = await startIngest({
    configuration: { dataDir, tenant: 'default', journal: { keepHours: 24 } },
    store,
    log: silent,
  })
  try {
    return await work(store, ingest)
  } finally {
    await ingest.close()
    await store.close()
  }
}

async function number(store: Store, expression: string): Promise<number> {
  const [row] = await selectRows(store.read, `SELECT toString(${expression}) AS value`)
  return Number(row?.['value'])
}

const dense = `(SELECT count() = uniqExact(session, seq) AND count() =
  (SELECT sum(last) FROM (SELECT max(seq) + 1 AS last FROM records GROUP BY session)) FROM records)`

describe('startIngest', () => {
  it('shows a statement in the store within two seconds', async () => {
    const journal = await openTestJournal(dataDir)
    await withIngest(async (store) => {
      await delay(100)
      const stamp = openSession(journal)
      runStatement(journal, stamp)
      await onRecord(journal)
      const start = performance.now()
      while ((await number(store, '(SELECT countIf(completed) FROM statements)')) === 0) {
        expect(performance.now() - start).toBeLessThan(2000)
        await delay(20)
      }
    })
    await journal.close('shutdown')
  })

  it('goes on after a restart, and finds the chain of the journal sound', async () => {
    const journal = await openTestJournal(dataDir)
    const stamp = openSession(journal)
    for (let restart = 0; restart < 3; restart++) {
      runStatement(journal, stamp)
      await delay(250) // A heartbeat in between.
      await withIngest(async (store, ingest) => {
        await ingest.idle()
        expect(ingest.status()).toMatchObject({ gaps: 0, deadLetters: 0 })
        expect(await number(store, '(SELECT count() FROM statements)')).toBe(restart + 1)
        expect(await number(store, dense)).toBe(1)
      })
    }
    await journal.close('shutdown')
  })
})

describe('a killed ingest', () => {
  let children: ChildProcess[] = []

  beforeAll(async () => {
    await promisify(execFile)('npx', ['tsc', '-b', 'ingest'], { cwd: root })
  })
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL')
    children = []
  })

  it(`loses nothing and shows nothing twice, ${kills} kills at random moments`, async () => {
    const journal = await openTestJournal(dataDir)
    const sessions: SessionStamp[] = [openSession(journal), openSession(journal)]
    let statements = 0
    const enough = new AbortController()
    const load = (async () => {
      while (!enough.signal.aborted) {
        for (const stamp of sessions) {
          for (let index = 0; index < 20; index++) runStatement(journal, stamp)
          statements += 20
        }
        await onRecord(journal)
        await delay(20)
      }
    })()
    for (let kill = 0; kill < kills; kill++) {
      const child = start()
      await said(child, 'ready')
      const afterMs = Math.round(Math.random() * 600)
      await delay(afterMs)
      child.kill('SIGKILL')
      await new Promise((resolve) => child.once('close', resolve))
    }
    enough.abort()
    await load
    await withIngest(async (store, ingest) => {
      await ingest.idle()
      expect(ingest.status()).toMatchObject({ gaps: 0, deadLetters: 0 })
      expect(await number(store, dense)).toBe(1)
      expect(await number(store, '(SELECT count() FROM statements)')).toBe(statements)
      expect(await number(store, '(SELECT countIf(completed) FROM statements)')).toBe(statements)
      expect(await number(store, '(SELECT count() FROM chunks)')).toBe(statements)
      expect(await number(store, '(SELECT sum(statements) FROM sessions)')).toBe(statements)
      expect(await number(store, '(SELECT max(position) + 1 = count() FROM records)')).toBe(1)
    })
    await journal.close('shutdown')
  }, 60_000)

  it('keeps a second process out of its store', async () => {
    const child = start()
    await said(child, 'ready')
    await expect(openEmbeddedStore(join(dataDir, 'chdb'))).rejects.toMatchObject({
      code: 'STORE_IN_USE',
      message: expect.stringContaining(dataDir),
    })
  })

  function start(): ChildProcess {
    const script = join(root, 'ingest/dist/testing/ingest-process.js')
    const child = spawn(process.execPath, [script, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] })
    children.push(child)
    return child
  }
})

/** Resolves with the child's next line that says this. */
function said(child: ChildProcess, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) return reject(new Error('the child has no output'))
    createInterface({ input: child.stdout }).on('line', (line) => line === what && resolve())
    child.once('close', () => reject(new Error(`the child ended before it said ${what}`)))
  })
}
