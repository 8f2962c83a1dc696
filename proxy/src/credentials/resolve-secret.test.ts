import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Secret } from '@gatetrail/schemas'
import { resolveSecret, type ResolvedSecret } from './resolve-secret.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-secret-'))
  await writeFile(join(directory, 'secret'), 'of the file\n')
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const resolve = (secret: Secret | undefined): Promise<ResolvedSecret> =>
  resolveSecret(secret, {
    environment: { GIVEN: 'of the environment', EMPTY: '' },
    configurationDirectory: directory,
  })

test('comes from a variable, from a file beside the configuration, or is not needed', async () => {
  expect(await resolve({ env: 'GIVEN' })).toEqual({ value: 'of the environment', source: 'env' })
  expect(await resolve({ file: 'secret' })).toEqual({ value: 'of the file', source: 'file' })
  expect(await resolve({ env: 'EMPTY' })).toEqual({ value: '', source: 'trust' })
  expect(await resolve(undefined)).toEqual({ value: '', source: 'trust' })
})

test.each([
  [{ env: 'MISSING' }, /MISSING is not set/],
  [{ file: 'missing' }, /cannot be read/],
  [{ vault: 'kv/orders' }, /not supported yet/],
])('%j is unavailable, and the error says why', async (secret, why) => {
  await expect(resolve(secret)).rejects.toMatchObject({
    code: 'CREDENTIAL_UNAVAILABLE',
    message: expect.stringMatching(why),
  })
})
