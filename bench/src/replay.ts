/**
 * Replay of long sessions through the real API: what opening one costs the first time, and what it costs to go anywhere in it. The
 * sessions are written into the journal of a running Gatetrail. The least that this machine's API answers in is measured beside.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSigningKey, openJournal } from '@gatetrail/eventlog'
import {
  simulateRows,
  simulateStatements,
  simulateTerminal,
  type Recorder,
} from '@gatetrail/ingest'
import { dataFiles } from '@gatetrail/schemas'
import { startGatetrail, type Gatetrail } from './gatetrail.ts'
import { fixed, percentile, table } from './statistics.ts'
import { freePort } from './targets.ts'

const statements = 300_000
const rows = 1_000_000
const terminalFrames = 1_000_000
const rowsPerPage = 200
const mebibyte = 2 ** 20
const dayMs = 86_400_000
const seeks = 100
/** Between two seeks in the same order of moments: no two answers are of the same place. */
const goldenRatio = (Math.sqrt(5) - 1) / 2

/** `scale` 1: a million frames each. @returns a table, in ms */
export async function benchReplay(scale: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-bench-replay-'))
  try {
    const gatetrail = await startGatetrail(directory, await freePort())
    try {
      const sessions = await fill(gatetrail, scale)
      const lines = [
        await times('the API itself (/api/me)', 50, () => ask(gatetrail, '/api/me')),
        ...(await statementTimes(gatetrail, sessions.statements, scale)),
        ...(await rowTimes(gatetrail, sessions.rows, scale)),
        ...(await terminalTimes(gatetrail, sessions.terminal, scale)),
      ]
      return table(['replay, ms', 'first', 'p50', 'p99'], lines)
    } finally {
      await gatetrail.stop()
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function statementTimes(
  gatetrail: Gatetrail,
  session: string,
  scale: number,
): Promise<string[][]> {
  const path = `/api/sessions/${session}`
  const total = Math.round(statements * scale)
  const seekTo = async (index: number) => {
    const at = Math.floor((((index + 1) * goldenRatio) % 1) * dayMs * 1_000)
    const found = await ask(gatetrail, `${path}/statements?at=${at}&before=20&limit=60`)
    const { current, statements: page } = found as { current: number; statements: { index: number; seq: number }[] } // prettier-ignore
    const statement = page.find((one) => one.index === current)
    if (statement === undefined) throw new Error(`nothing is in force at ${at}`)
    await ask(gatetrail, `${path}/replay/${statement.seq}`)
  }
  const name = `${total.toLocaleString('en')} statements in 24 h`
  return [
    await times(`${name}: open`, 5, async () => {
      await ask(gatetrail, `${path}/outline?buckets=800`)
      await ask(gatetrail, `${path}/statements?limit=100`)
    }),
    await times(`${name}: seek`, seeks, seekTo),
    await times(`${name}: find`, 10, (index) => ask(gatetrail, `${path}/find?q=state+of+${((index + 1) * 7919) % total}`)), // prettier-ignore
  ]
}

async function rowTimes(gatetrail: Gatetrail, session: string, scale: number): Promise<string[][]> {
  const path = `/api/sessions/${session}`
  const total = Math.round(rows * scale)
  const pages = total / rowsPerPage
  const found = await ask(gatetrail, `${path}/statements`)
  const [statement] = (found as { statements: { seq: number }[] }).statements
  const name = `a statement with ${total.toLocaleString('en')} rows`
  return [
    await times(`${name}: page four fifths in`, 5, () => ask(gatetrail, `${path}/replay/${statement?.seq}?page=${Math.floor(pages * 0.8)}`)), // prettier-ignore
    await times(
      `${name}: any page`,
      seeks,
      (index) =>
      ask(gatetrail, `${path}/replay/${statement?.seq}?page=${Math.floor(((index * goldenRatio) % 1) * pages)}`), // prettier-ignore
    ),
  ]
}

async function terminalTimes(
  gatetrail: Gatetrail,
  session: string,
  scale: number,
): Promise<string[][]> {
  const path = `/api/sessions/${session}`
  const name = `a terminal of ${Math.round(terminalFrames * scale).toLocaleString('en')} frames in 24 h`
  const seekTo = (part: number) => ask(gatetrail, `${path}/terminal?at=${Math.floor(part * dayMs * 1_000)}`) // prettier-ignore
  return [
    await times(`${name}: open`, 5, async () => {
      await ask(gatetrail, `${path}/outline?buckets=800`)
      await seekTo(0)
    }),
    // The first is shown while the pictures of all that is before are being made.
    await times(`${name}: its end`, 0, () => seekTo(1)),
    [`${name}: its end, exact after`, fixed(await exactAfterMs(() => seekTo(1)), 0), '', ''],
    await times(`${name}: its end again`, 5, () => seekTo(1)),
    await times(`${name}: find`, 10, (index) => ask(gatetrail, `${path}/find?q=${((index + 1) * 77_777) % 1_000_000}+output`)), // prettier-ignore
    await times(`${name}: seek`, seeks, (index) => seekTo(((index + 1) * goldenRatio) % 1)),
  ]
}

const exactMsMax = 120_000

async function exactAfterMs(seek: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  while (performance.now() - startedAt < exactMsMax) {
    const { isExact } = (await seek()) as { isExact: boolean }
    if (isExact) return performance.now() - startedAt
  }
  throw new Error('the end of the terminal is never exact')
}

async function times(
  name: string,
  count: number,
  task: (index: number) => Promise<unknown>,
): Promise<string[]> {
  const taken = new Float64Array(count)
  let first = 0
  for (let index = 0; index <= count; index++) {
    const startedAt = performance.now()
    await task(index)
    const ms = performance.now() - startedAt
    if (index === 0) first = ms
    else taken[index - 1] = ms
  }
  return [name, ...[first, percentile(taken, 50), percentile(taken, 99)].map((ms) => fixed(ms, 0))]
}

async function ask(gatetrail: Gatetrail, path: string): Promise<unknown> {
  const response = await fetch(`${gatetrail.replayUrl}${path}`, {
    headers: { authorization: `Bearer ${gatetrail.localToken}` },
  })
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  return response.json()
}

async function fill(gatetrail: Gatetrail, scale: number) {
  const startedAt = performance.now()
  const made = await recording(gatetrail.dataDirectory, async (recorder) => {
    const startMs = Date.now() - dayMs
    return {
      statements: await simulateStatements(recorder, {
        statements: Math.round(statements * scale),
        ...{ startMs, durationMs: dayMs, refusedEvery: 1_000, failedEvery: 700, touchedEvery: 50 },
      }),
      rows: await simulateRows(recorder, {
        rows: Math.round(rows * scale),
        ...{ startMs, rowsPerChunk: 1 },
      }),
      terminal: await simulateTerminal(recorder, {
        frames: Math.round(terminalFrames * scale),
        ...{ startMs, durationMs: dayMs, framesPerChunk: 5 },
      }),
    }
  })
  const writtenMs = performance.now() - startedAt
  const response = await fetch(`${gatetrail.replayUrl}/api/ingest/idle`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gatetrail.localToken}` },
  })
  if (!response.ok) throw new Error(`/api/ingest/idle answered ${response.status}`)
  const readMs = performance.now() - startedAt
  console.log(`written in ${fixed(writtenMs / 1000, 0)} s, in the store after ${fixed(readMs / 1000, 0)} s`) // prettier-ignore
  return made
}

async function recording<Made>(
  dataDirectory: string,
  record: (recorder: Recorder) => Promise<Made>,
): Promise<Made> {
  const journal = await openJournal({
    directory: join(dataDirectory, dataFiles.journal),
    signingKey: await loadSigningKey(join(dataDirectory, dataFiles.keys)),
    ...{ role: 'proxy', instance: 'bench', tenant: 'default', durability: 'write', version: '0.0.0' }, // prettier-ignore
    ...{ bytesMax: 8_192 * mebibyte, sessionBytesMax: 4_096 * mebibyte },
  })
  try {
    return await record(journal)
  } finally {
    await journal.close('shutdown')
  }
}
