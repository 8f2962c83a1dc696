/** A key of 32 random bytes in dataDir/keys, made once, read only by this user. For fingerprint-key.ts and masking-key.ts. */
import { randomBytes, randomUUID } from 'node:crypto'
import { access, link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { GatetrailError } from '@gatetrail/schemas'

export const keyBytes = 32

/**
 * `hint`: what to do where the file holds something else.
 * @throws GatetrailError DIRECTORY_NOT_WRITABLE, CONFIG_INVALID (a file that holds something else)
 */
export async function loadLocalKey(
  keysDirectory: string,
  fileName: string,
  hint: string,
): Promise<Uint8Array> {
  const path = join(keysDirectory, fileName)
  try {
    await mkdir(keysDirectory, { recursive: true, mode: 0o700 })
    if (!(await isThere(path))) await createOnce(path, randomBytes(keyBytes))
    const key = await readFile(path)
    if (key.length !== keyBytes) {
      throw new GatetrailError('CONFIG_INVALID', `${path} does not hold a key of 32 bytes`, {
        hint,
      })
    }
    return key
  } catch (cause) {
    if (cause instanceof GatetrailError) throw cause
    throw new GatetrailError('DIRECTORY_NOT_WRITABLE', `cannot keep a key in ${keysDirectory}`, {
      hint: 'Give the user that runs Gatetrail write access to dataDir.',
      cause,
    })
  }
}

/**
 * Writes `bytes` unless the file is there: of several processes that start at once, one wins and all read its bytes. Under another
 * name first, so that nobody reads a file that is not whole.
 */
async function createOnce(path: string, bytes: Uint8Array): Promise<void> {
  const made = `${path}.${randomUUID()}`
  const file = await open(made, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
    await link(made, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await file.close()
    await rm(made, { force: true })
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
