import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MaskingConfiguration } from '@gatetrail/schemas'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadMaskingKey } from './masking-key.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-keys-'))
})
afterEach(() => rm(directory, { recursive: true }))

const tokens: MaskingConfiguration = { default: 'same_length', styles: { EMAIL: 'token' } }

function load(masking: MaskingConfiguration, MASKING_KEY = ''): Promise<Uint8Array | undefined> {
  const sources = { environment: { MASKING_KEY }, configurationDirectory: directory }
  return loadMaskingKey(masking, join(directory, 'keys'), sources)
}

describe('the key of masks', () => {
  it('is made once, for this user alone, and stays', async () => {
    const key = await load(tokens)
    expect(key).toHaveLength(32)
    expect(await load({ default: 'format_preserving', styles: {} })).toEqual(key)
    const file = join(directory, 'keys', 'masking.key')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readFile(file)).toEqual(key)
  })

  it('is one and the same for processes that start at once', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => load(tokens)))
    expect(new Set(keys.map((key) => Buffer.from(key!).toString('hex'))).size).toBe(1)
  })

  it('is not made where no style needs one', async () => {
    expect(await load({ default: 'redact', styles: { EMAIL: 'null' } })).toBeUndefined()
    await expect(stat(join(directory, 'keys'))).rejects.toThrow('ENOENT')
  })

  it('is that of the configuration', async () => {
    const key = Buffer.alloc(32, 9)
    const configured = { ...tokens, key: { env: 'MASKING_KEY' } }
    expect(await load(configured, key.toString('base64'))).toEqual(key)
  })

  it('is refused where it has another length, and not shown', async () => {
    const short = Buffer.alloc(16, 9).toString('base64')
    const configured = { ...tokens, key: { env: 'MASKING_KEY' } }
    const error = await load(configured, short).catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(String(error)).not.toContain(short)
    await load(tokens)
    await writeFile(join(directory, 'keys', 'masking.key'), 'short')
    await expect(load(tokens)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
