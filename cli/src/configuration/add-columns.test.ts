import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDocument } from 'yaml'
import { addColumns } from './add-columns.ts'
import { unifiedDiff } from './unified-diff.ts'

const tags = [
  { place: 'public.customers.email', dataClass: 'EMAIL', comment: 'certain' },
  { place: 'public.customers.e mail: #2', dataClass: 'EMAIL', comment: 'likely' },
]
const added = (spaces: string) =>
  `${spaces}public.customers.email: EMAIL # certain\n${spaces}"public.customers.e mail: #2": EMAIL # likely\n`

const begin = `# Ours.
dataDir: .gatetrail   # here
connections:
  # the orders
  - name: orders
    protocol: postgres
`
const end = `    tags: [ 'a',  b ] # odd   spacing

# Behind.
policies: [ "p/*.cedar" ]
`

describe('adding tags to a configuration', () => {
  test('columns that are there go on, and every other byte stays', () => {
    const columns = `    columns:\n      # identity\n      public.customers.ssn: 'US_SSN' # said by legal\n`
    expect(addColumns(begin + columns + end, 'orders', tags)).toBe(
      begin + columns + added('      ') + end,
    )
  })
  test('without columns they come at the end of the connection, before what is written behind it', () => {
    const text = addColumns(begin + end, 'orders', tags)
    const [line, ...rest] = end.split('\n')
    expect(text).toBe(`${begin}${line}\n    columns:\n${added('      ')}${rest.join('\n')}`)
  })
  test('columns on one line become a line each', () => {
    const text = addColumns(
      `${begin}    columns: { public.a.b: PERSON } # few\n${end}`,
      'orders',
      tags,
    )
    expect(text).toBe(
      `${begin}    columns: # few\n      public.a.b: PERSON\n${added('      ')}${end}`,
    )
  })
  test('of several connections the named one gets them, also as the last thing in the file', () => {
    const text = `connections:\n- name: a\n  columns: {}\n- name: b\n  credential:\n    user: app`
    expect(addColumns(text, 'b', tags)).toBe(`${text}\n  columns:\n${added('    ').trimEnd()}`)
    expect(parseDocument(addColumns(text, 'a', tags)).toJS().connections[0].columns).toEqual({
      'public.customers.email': 'EMAIL',
      'public.customers.e mail: #2': 'EMAIL',
    })
  })
  test('line breaks of Windows stay', () => {
    const text = addColumns((begin + end).replaceAll('\n', '\r\n'), 'orders', tags)
    expect(text.replaceAll('\r\n', '')).not.toContain('\n')
  })
  test.each([
    [
      'JSON',
      JSON.stringify(
        { connections: [{ name: 'orders', columns: { 'a.b.c': 'D' } }], x: 1 },
        null,
        2,
      ),
    ],
    [
      'JSON without columns',
      JSON.stringify({ connections: [{ name: 'orders', tags: ['t'] }] }, null, 1),
    ],
    ['JSON with empty columns', JSON.stringify({ connections: [{ name: 'orders', columns: {} }] })],
  ])('%s stays JSON', (_, text) => {
    const before = JSON.parse(text)
    const after = JSON.parse(addColumns(text, 'orders', tags))
    const columns = Object.fromEntries(tags.map(({ place, dataClass }) => [place, dataClass]))
    before.connections[0].columns = { ...before.connections[0].columns, ...columns }
    expect(after).toEqual(before)
  })
  test('braces over several lines go on, a line each, before a comment', () => {
    const text =
      'connections:\n- name: orders\n  columns: {\n    a.b.c: D, # of ours\n    a.b.d: E # too\n  }\n'
    expect(addColumns(text, 'orders', tags.slice(0, 1))).toBe(
      'connections:\n- name: orders\n  columns: {\n    a.b.c: D, # of ours\n    a.b.d: E,\n    "public.customers.email": "EMAIL" # too\n  }\n',
    )
  })
  test('where nothing can be added (an alias) it is said, and nothing is broken', () => {
    const text =
      'connections:\n- name: x\n  columns: &c { a.b.c: D }\n- name: orders\n  columns: *c\n'
    expect(() => addColumns(text, 'orders', tags)).toThrow(/nothing can be added to them/)
  })
  test('a name that would trick a terminal is escaped', () => {
    const place = 'a.b.e\u202email\u001b[2J'
    const text = addColumns(begin + end, 'orders', [{ place, dataClass: 'EMAIL', comment: 'x' }])
    expect(text).not.toMatch(/[\u202e\u001b]/)
    expect(parseDocument(text).toJS().connections[0].columns).toEqual({ [place]: 'EMAIL' })
  })
  test('whatever columns are called, the file says what it said before, and the tags', () => {
    const part = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !text.includes('.'))
    fc.assert(
      fc.property(part, part, part, (schema, relation, column) => {
        const place = `${schema}.${relation}.${column}`
        const text = addColumns(begin + end, 'orders', [
          { place, dataClass: 'EMAIL', comment: 'x' },
        ])
        expect(parseDocument(text).toJS().connections[0].columns).toEqual({ [place]: 'EMAIL' })
      }),
    )
  })
})

describe('the diff', () => {
  const apply = (before: string, diff: string): string => {
    const directory = mkdtempSync(join(tmpdir(), 'gatetrail-diff-'))
    try {
      writeFileSync(join(directory, 'gatetrail.yaml'), before)
      execFileSync('git', ['apply', '-'], { cwd: directory, input: diff })
      return readFileSync(join(directory, 'gatetrail.yaml'), 'utf8')
    } finally {
      rmSync(directory, { recursive: true })
    }
  }
  test.each([
    ['in the middle', begin + end],
    ['at the end', begin],
    ['at the end without a line break', begin.trimEnd()],
    ['with line breaks of Windows', (begin + end).replaceAll('\n', '\r\n')],
  ])('git apply makes the new file of it: %s', (_, before) => {
    const after = addColumns(before, 'orders', tags)
    expect(apply(before, unifiedDiff(before, after, 'gatetrail.yaml'))).toBe(after)
  })
  test('of the same text there is none', () => {
    expect(unifiedDiff('a\n', 'a\n', 'x')).toBe('')
  })
})
