/** How long an append takes: the journal alone, in this process, on the disk of the temp directory. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionStamp, loadSigningKey, openJournal } from '@gatetrail/eventlog'
import { fixed, table } from './statistics.ts'

const recordsPerTurn = [1, 8, 64] as const
const body = JSON.stringify({
  description: 'x'.repeat(43),
  verdict: 'allow',
  padding: 'y'.repeat(160),
})

export async function benchJournalAppend(turns: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-bench-journal-'))
  try {
    const rows: string[][] = []
    for (const durability of ['write', 'fsync'] as const) {
      for (const perTurn of recordsPerTurn) {
        const microseconds = await appendMicros(
          directory,
          durability,
          perTurn,
          durability === 'write' ? turns : turns / 20,
        )
        rows.push([`${durability}, ${perTurn} a turn`, fixed(microseconds, 2)])
      }
    }
    return table(['journal append', 'µs per record'], rows)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function appendMicros(
  directory: string,
  durability: 'write' | 'fsync',
  perTurn: number,
  turns: number,
): Promise<number> {
  const journal = await openJournal({
    directory: join(directory, durability, String(perTurn)),
    signingKey: await loadSigningKey(join(directory, 'keys')),
    role: 'proxy',
    tenant: 'default',
    durability,
    version: '0.0.0',
  })
  const stamp = createSessionStamp()
  const startedAt = performance.now()
  for (let turn = 0; turn < turns; turn++) {
    for (let index = 0; index < perTurn; index++) {
      journal.append('gatetrail.statement.decided', stamp, body)
    }
    await new Promise<void>((resolve, reject) =>
      journal.afterWrite(stamp, 'command', (error) =>
        error === undefined ? resolve() : reject(error),
      ),
    )
  }
  const elapsedMs = performance.now() - startedAt
  await journal.close('shutdown')
  return (elapsedMs * 1000) / (turns * perTurn)
}
