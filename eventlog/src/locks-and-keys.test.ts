/** The directory lock and the signing key: exclusive, released by death, made once. */
import { spawn } from 'node:child_process'
import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isLocked, lockDirectory } from './directory-lock.ts'
import { loadPublicKeys, loadSigningKey } from './signing-key.ts'
import { makeTestDirectory, type TestDirectory } from './testing/test-journal.ts'

let directory: TestDirectory
beforeEach(async () => {
  directory = await makeTestDirectory()
})
afterEach(() => directory.remove())

test('a directory has one owner at a time, by whatever path it is named', async () => {
  const alias = path.join(directory.root, 'alias')
  await mkdir(directory.journal)
  await symlink(directory.journal, alias)
  const lock = await lockDirectory(directory.journal)
  await expect(lockDirectory(alias)).rejects.toMatchObject({ code: 'DIRECTORY_IN_USE' })
  const other = await lockDirectory(directory.root)
  await other.release()
  await lock.release()
  expect(await isLocked(alias)).toBe(false)
})

test.runIf(process.platform === 'linux')('kill -9 of the owner releases the lock', async () => {
  const name = createHash('sha256')
    .update(`gatetrail lock\n${realpathSync(directory.root)}`)
    .digest('hex')
  const program = `require('node:net').createServer().listen('\\0gatetrail-${name}', () => console.log('up'))`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  expect(await isLocked(directory.root)).toBe(true)
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
  expect(await isLocked(directory.root)).toBe(false)
})

test('processes that start together get one signing key, and only the owner can read it', async () => {
  const keys = await Promise.all(Array.from({ length: 8 }, () => loadSigningKey(directory.keys)))
  expect(new Set(keys.map(({ publicKey }) => publicKey)).size).toBe(1)
  expect((await readdir(directory.keys)).sort()).toEqual([
    'writer-signing.pem',
    'writer-signing.pub.pem',
  ])
  const { mode } = await stat(path.join(directory.keys, 'writer-signing.pem'))
  expect(mode & 0o777).toBe(0o600)
  expect(await loadPublicKeys(directory.keys)).toEqual([keys[0]!.publicKey])
  expect(Buffer.from(keys[0]!.publicKey, 'base64url')).toHaveLength(32)
})

test('a file that is no key is refused by name, not replaced', async () => {
  await mkdir(directory.keys)
  await writeFile(path.join(directory.keys, 'writer-signing.pem'), 'nonsense')
  await expect(loadSigningKey(directory.keys)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})
