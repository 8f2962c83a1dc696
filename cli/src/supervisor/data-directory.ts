/** dataDir: made with mode 0700 at first start, with the token by which this machine's user opens the API. */
import { randomBytes } from 'node:crypto'
import { access, chmod, constants, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dataFiles, GatetrailError } from '@gatetrail/schemas'

/** @throws DIRECTORY_NOT_WRITABLE */
export async function prepareDataDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await chmod(directory, 0o700)
    await access(directory, constants.W_OK | constants.X_OK)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new GatetrailError(
      'DIRECTORY_NOT_WRITABLE',
      `the data directory ${directory} cannot be used (${code})`,
      { hint: 'make it yours, or name another one with --data-dir', cause },
    )
  }
  await ensureLocalToken(join(directory, dataFiles.localToken))
}

async function ensureLocalToken(file: string): Promise<void> {
  const found = await readFile(file, 'utf8').catch(() => '')
  if (found.trim().length >= 32) return
  const unfinished = `${file}.unfinished`
  await writeFile(unfinished, randomBytes(32).toString('base64url'), { mode: 0o600 })
  await rename(unfinished, file)
}
