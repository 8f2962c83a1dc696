import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRotatingFile } from './rotating-file.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-log-'))
})
afterEach(() => rm(directory, { recursive: true }))

test('however much is written, two files of about the bound are kept, and the newest lines are among them', async () => {
  const file = openRotatingFile(join(directory, 'proxy.log'), 1000)
  for (let line = 0; line < 500; line++) file.write(`line ${line}\n`)
  file.close()
  expect((await readdir(directory)).toSorted()).toEqual(['proxy.log', 'proxy.log.1'])
  for (const name of await readdir(directory)) {
    expect((await stat(join(directory, name))).size).toBeLessThan(1100)
  }
  expect(await readFile(join(directory, 'proxy.log'), 'utf8')).toContain('line 499\n')
})

test('a second start appends, with mode 0600', async () => {
  const path = join(directory, 'audit.log')
  for (const text of ['first\n', 'second\n']) {
    const file = openRotatingFile(path)
    file.write(text)
    file.close()
  }
  expect(await readFile(path, 'utf8')).toBe('first\nsecond\n')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})
