/** The keys of an issuer in a file (`jwksFile`), read again whenever it changed. */
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { GatetrailError, limits, type IssuerConfiguration } from '@gatetrail/schemas'
import type { Logger } from 'pino'
import { parseKeySet, type KeySet } from './key-set.ts'
import type { KeySource } from './remote-keys.ts'

type Read = { readonly keys: KeySet; readonly version: string; readonly atMs: number }

/** While the file can't be read (it is being replaced), the keys of the last reading serve on, at most 10 minutes. */
export function createFileKeys(
  issuer: IssuerConfiguration,
  path: string,
  options: { baseDirectory: string; monotonicMs: () => number; log: Logger },
): KeySource {
  const file = resolve(options.baseDirectory, path)
  let last: Read | undefined
  return {
    async current() {
      try {
        last = await readIfChanged(file, issuer.name, last, options.monotonicMs())
        return last.keys
      } catch (error) {
        options.log.warn({ issuer: issuer.name }, "could not read an issuer's jwksFile")
        if (last !== undefined && options.monotonicMs() - last.atMs < limits.jwks.staleMsMax) {
          return last.keys
        }
        throw error
      }
    },
    afterUnknownKey: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  }
}

async function readIfChanged(
  file: string,
  issuer: string,
  last: Read | undefined,
  nowMs: number,
): Promise<Read> {
  try {
    const handle = await open(file, 'r')
    try {
      const { size, mtimeNs, ctimeNs, ino } = await handle.stat({ bigint: true })
      const version = [size, mtimeNs, ctimeNs, ino].join(' ')
      if (last?.version === version) return { ...last, atMs: nowMs }
      if (size > limits.jwks.bytesMax) {
        throw new GatetrailError(
          'ISSUER_UNAVAILABLE',
          `The jwksFile of the issuer ${issuer} has more than ${limits.jwks.bytesMax} bytes.`,
        )
      }
      const document: unknown = JSON.parse(await handle.readFile('utf8'))
      return {
        keys: parseKeySet(document, `The jwksFile of the issuer ${issuer}`),
        version,
        atMs: nowMs,
      }
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof GatetrailError) throw error
    throw new GatetrailError(
      'ISSUER_UNAVAILABLE',
      `The jwksFile of the issuer ${issuer} cannot be read.`,
      { cause: error },
    )
  }
}
