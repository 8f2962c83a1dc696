import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import {
  createPolicyStore,
  readPolicySet,
  type PolicyStore,
  type ReloadResult,
} from './policy-store.ts'

let directory: string
let store: PolicyStore | undefined
const write = (file: string, text: string): void => writeFileSync(join(directory, file), text)
const permit = 'permit (principal, action, resource);'

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatetrail-policies-'))
  mkdirSync(join(directory, 'policies/deep/er'), { recursive: true })
})
afterEach(() => {
  store?.close()
  store = undefined
  rmSync(directory, { recursive: true, force: true })
})

it('a reload brings the new set into force, and a bad file leaves the old one', async () => {
  write('policies/a.cedar', permit)
  store = await createPolicyStore({
    patterns: ['policies/*.cedar'],
    baseDirectory: directory,
    watchFiles: false,
  })
  const before = store.current()
  expect(before.policies).toHaveLength(1)
  write('policies/b.cedar', 'forbid (principal, action, resource)\nwhen { nonsense };')
  const refused = await store.reload()
  expect(refused).toMatchObject({
    kind: 'refused',
    error: { code: 'POLICY_INVALID', file: 'policies/b.cedar', line: 2 },
  })
  expect(store.current()).toBe(before)
  write('policies/b.cedar', 'forbid (principal, action, resource);')
  expect(await store.reload()).toMatchObject({ kind: 'loaded' })
  expect(store.current().policies).toHaveLength(2)
  expect(await store.reload()).toMatchObject({ kind: 'unchanged', set: store.current() })
})

it('files that change, appear or vanish are noticed', async () => {
  write('policies/a.cedar', permit)
  const results: ReloadResult[] = []
  store = await createPolicyStore({
    patterns: ['policies/*.cedar'],
    baseDirectory: directory,
    onReload: (result) => results.push(result),
  })
  write('policies/b.cedar', permit)
  await vi.waitFor(() => expect(store?.current().policies).toHaveLength(2), 5000)
  write('policies/b.cedar', 'permit (principal')
  await vi.waitFor(() => expect(results.at(-1)?.kind).toBe('refused'), 5000)
  expect(store.current().policies).toHaveLength(2)
  rmSync(join(directory, 'policies/b.cedar'))
  await vi.waitFor(() => expect(store?.current().policies).toHaveLength(1), 5000)
})

it('patterns find files by *, ** and name, and a name that looks like a pattern', async () => {
  for (const file of [
    'a.cedar',
    'deep/b.cedar',
    'deep/er/c.cedar',
    'deep/[x]*.cedar',
    'deep/not.txt',
    '.hidden.cedar',
  ]) {
    write(`policies/${file}`, `@id("${file.replaceAll(/[^a-z.]/g, '_')}") ${permit}`)
  }
  const ids = async (...patterns: string[]): Promise<string[]> => {
    const { policies } = await readPolicySet(patterns, directory)
    return policies.map(({ id }) => id).sort()
  }
  expect(await ids('policies/*.cedar')).toEqual(['a.cedar'])
  const all = ['a.cedar', 'deep__x__.cedar', 'deep_b.cedar', 'deep_er_c.cedar']
  expect(await ids('policies/**/*.cedar')).toEqual(all)
  expect(await ids(join(directory, 'policies/deep/[x]*.cedar'))).toEqual(['deep__x__.cedar'])
  expect(await ids('policies/?.cedar', 'policies/a.cedar')).toEqual(['a.cedar'])
})

it('no file, or one that is missing, is an error that names it', async () => {
  const create = (pattern: string): Promise<unknown> =>
    createPolicyStore({ patterns: [pattern], baseDirectory: directory })
  await expect(create('policies/*.cedar')).rejects.toMatchObject({ code: 'POLICY_INVALID' })
  await expect(create('policies/none.cedar')).rejects.toMatchObject({
    code: 'POLICY_INVALID',
    file: 'policies/none.cedar',
  })
})
