import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadFingerprintKey } from './fingerprint-key.ts'
import { loadFingerprintKeys } from './fingerprint-keys.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-keys-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const local = new Uint8Array(32).fill(1)
const key = (byte: number) => Buffer.alloc(32, byte).toString('base64')
const sources = {
  environment: { NEW: key(2), OLD: key(3), SHORT: 'c2hvcnQ=' },
  configurationDirectory: '/',
}
const load = (...names: string[]) =>
  loadFingerprintKeys(
    names.map((env) => ({ id: env.toLowerCase(), secret: { env } })),
    local,
    sources,
  )

it('the first configured key makes fingerprints; that of dataDir still finds its own', async () => {
  expect((await load('NEW', 'OLD')).map(({ id }) => id)).toEqual(['new', 'old', 'local'])
  expect((await load('NEW'))[0].key).toEqual(Buffer.alloc(32, 2))
  expect(await load()).toEqual([{ id: 'local', key: local }])
})

it('a key that is none is refused without being shown', async () => {
  await expect(load('SHORT')).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.not.stringContaining('c2hvcnQ='),
  })
  await expect(load('NEW', 'NEW')).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})

it('processes that start at once all get the same key, and leave nothing else behind', async () => {
  const keys = await Promise.all(Array.from({ length: 20 }, () => loadFingerprintKey(directory)))
  expect(new Set(keys.map((one) => Buffer.from(one).toString('hex'))).size).toBe(1)
  expect(await readdir(directory)).toEqual(['fingerprint.key'])
})
