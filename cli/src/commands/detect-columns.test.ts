import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import picocolors from 'picocolors'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { detectColumns } from './detect-columns.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-columns-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function run(text: string | Uint8Array, name = 'people.csv') {
  await writeFile(join(directory, name), text)
  const lines: string[] = []
  const notes: string[] = []
  const counts = await detectColumns(
    [name],
    { level: 'likely', asJson: true },
    {
      environment: {},
      workingDirectory: directory,
      print: (line) => lines.push(line),
      note: (line) => notes.push(line),
      colors: picocolors.createColors(false),
    },
  )
  const found = lines.map((line) => {
    const { column, group } = JSON.parse(line)
    return `${column}: ${group}`
  })
  return { ...counts, found, lines, notes }
}

test('prints file, column, entity, group and level, and no value', async () => {
  const { lines, found } = await run('id,e-mail,password\n7,ann@example.org,hunter2!\n')
  expect(lines[0]).toBe(
    '{"file":"people.csv","column":"e-mail","entity":"EMAIL","group":"EMAIL","level":"certain"}',
  )
  expect(found).toEqual(['e-mail: EMAIL', 'password: SECRET'])
  expect(lines.join()).not.toMatch(/ann@|hunter2/)
})

test.each([
  ['semicolons', 'id;email\r\n1;ann@example.org\r\n'],
  ['a line that names the separator', 'sep=;\r\nid;email\r\n1;ann@example.org\r\n'],
  ['tabs', 'id\temail\n1\tann@example.org\n'],
  ['a byte order mark', '\ufeffemail,id\nann@example.org,1\n'],
  ['quoted line breaks, quotes and delimiters', 'note,email\n"a ""b"",\r\nc","ann@example.org"\n'],
  ['no line break at the end', 'email\nann@example.org'],
  ['UTF-16', Buffer.from('\ufeffemail,id\r\nann@example.org,1\r\n', 'utf16le')],
  ['a single column with commas in it', 'email\nann@example.org\na,b,c@example.org\n'],
])('reads CSV with %s', async (_, text) => {
  expect(await run(text)).toMatchObject({ found: ['email: EMAIL'], notes: [], unreadable: 0 })
})

test('the name of the file tells whose names they are', async () => {
  const text = 'id,name\n1,Wren Oduya\n2,Ilse Tamm\n'
  expect((await run(text, 'customers.csv')).found).toEqual(['name: PERSON'])
  expect((await run(text, 'films.csv')).found).toEqual([])
})

test('a header without rows is classified by its names', async () => {
  expect((await run('first_name,amount\n')).found).toEqual(['first_name: PERSON'])
})

test('quotes that are not closed are an error with the line in which they begin', async () => {
  const { notes, unreadable } = await run('id,email\n1,a@example.org\n2,"b@example.org\n3,c\n')
  expect(unreadable).toBe(1)
  expect(notes.join()).toContain('people.csv:3: the quotes that are opened here are not closed')
})

test('rows that do not fit the header are said with their line, and left out', async () => {
  const { found, notes } = await run('id,email\n1,a@example.org\n2,x,y\n3\n\n4,b@example.org\n')
  expect(found).toEqual(['email: EMAIL'])
  expect(notes).toEqual([
    'people.csv:3: 3 fields, but 2 in the header: left out',
    'people.csv:4: 1 fields, but 2 in the header: left out',
  ])
})

test('empty and missing files are said', async () => {
  expect((await run('')).notes.join()).toContain('people.csv is empty')
})

test('a file of any size is read no further than its sample', async () => {
  const row = 'ann@example.org,1\n'
  // Behind the sample stands what would be an error.
  const { found, unreadable } = await run(`email,id\n${row.repeat(60_000)}"`)
  expect(found).toEqual(['email: EMAIL'])
  expect(unreadable).toBe(0)
})
