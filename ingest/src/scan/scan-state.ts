/**
 * How far a scan has come: a file in dataDir/scans, so that one that was ended in the middle goes on where it was. Sessions are
 * scanned in the order in which they began.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const stateShape = z.strictObject({
  scan: z.uuid(),
  /** What it looks for and in what: another scan begins anew. */
  purpose: z.string(),
  sinceMs: z.int(),
  /** All up to this one are done; left out: none is. */
  lastSession: z.string().optional(),
  /** Partitions in which rows were replaced. */
  months: z.array(z.string()),
})
export type ScanState = z.infer<typeof stateShape>

const scansKeptMax = 100

/** The unfinished scan of this purpose that has begun early enough (`7d` is a later time now than it was then), or a new one. */
export async function openScan(
  directory: string,
  purpose: string,
  sinceMs: number,
): Promise<ScanState> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  for (const name of (await readdir(directory)).slice(0, scansKeptMax)) {
    if (!name.endsWith('.json')) continue
    const state = await readState(join(directory, name))
    if (state?.purpose === purpose && state.sinceMs <= sinceMs) return state
  }
  return { scan: randomUUID(), purpose, sinceMs, months: [] }
}

export async function saveScan(directory: string, state: ScanState): Promise<void> {
  const path = fileOf(directory, state)
  await writeFile(`${path}.new`, JSON.stringify(state), { mode: 0o600 })
  await rename(`${path}.new`, path)
}

export async function endScan(directory: string, state: ScanState): Promise<void> {
  await rm(fileOf(directory, state), { force: true })
}

function fileOf(directory: string, { scan }: ScanState): string {
  return join(directory, `${scan}.json`)
}

/** Undefined for a file that is none of ours, or of another release: then the scan begins anew. */
async function readState(path: string): Promise<ScanState | undefined> {
  try {
    const state = stateShape.safeParse(JSON.parse(await readFile(path, 'utf8')))
    return state.success ? state.data : undefined
  } catch {
    return undefined
  }
}
