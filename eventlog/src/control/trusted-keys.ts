/**
 * Whose objects count: the keys of `control.trustedKeys`, and those of replay instances that share this data directory
 * (`keys/control-*.pub`, one line: base64url of the raw 32 bytes). Used by control-reader.ts.
 */
import type { KeyObject } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { isMissing } from '../durable-file.ts'
import { publicKeyFromRaw } from '../signing-key.ts'

export type TrustedKeys = {
  find(key: string): KeyObject | undefined
  readonly size: number
  /** Looks into the directory again. */
  reload(): Promise<void>
}

const fileName = /^control-[A-Za-z0-9_.-]+\.pub$/
const filesMax = 100

export async function loadTrustedKeys(
  configured: readonly string[],
  keysDirectory: string,
): Promise<TrustedKeys> {
  let keys = new Map<string, KeyObject>()
  const reload = async (): Promise<void> => {
    const found = new Map<string, KeyObject>()
    for (const key of [...configured, ...(await keysIn(keysDirectory))]) {
      const object = publicKeyFromRaw(key)
      if (object !== undefined) found.set(key, object)
    }
    keys = found
  }
  await reload()
  return {
    find: (key) => keys.get(key),
    get size() {
      return keys.size
    },
    reload,
  }
}

async function keysIn(directory: string): Promise<string[]> {
  try {
    const names = (await readdir(directory)).filter((name) => fileName.test(name)).sort()
    return await Promise.all(
      names
        .slice(0, filesMax)
        .map(async (name) => (await readFile(path.join(directory, name), 'utf8')).trim()),
    )
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
