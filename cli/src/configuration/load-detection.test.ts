/** Detectors of the configuration are checked before anything starts, and their files of words are read. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRuleset } from '@gatetrail/detect'
import { isGatetrailError } from '@gatetrail/schemas'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfiguration } from './load.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-detection-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

function configurationWith(custom: readonly string[]): string {
  return `identity:
  issuers:
    - { name: ci, issuer: https://ci.example.com, audience: gatetrail, principals: [{ kind: ci_job }] }
connections:
  - { name: orders, protocol: postgres, address: 127.0.0.1:5432, database: orders, credential: { user: app, password: { env: P } } }
policies: [policies/*.cedar]
detection:
  custom:
${custom.map((rule) => `    - ${rule}\n`).join('')}`
}

async function problemsOf(custom: readonly string[]): Promise<string> {
  await writeFile(join(directory, 'bad.yaml'), configurationWith(custom))
  try {
    await loadConfiguration('bad.yaml', directory)
  } catch (error) {
    if (isGatetrailError(error) && error.code === 'CONFIG_INVALID') return error.message
    throw error
  }
  return 'none'
}

test.each([
  [
    '{ entity: EMPLOYEE_ID, pattern: "EMP-(" }',
    'bad.yaml:9:39: detection.custom.0.pattern: not a pattern of RE2: missing closing )',
  ],
  [
    '{ entity: EMPLOYEE_ID, pattern: "x*" }',
    'bad.yaml:9:39: detection.custom.0.pattern: matches nothing at all',
  ],
  [
    '{ entity: EMPLOYEE_ID, pattern: "EMP", context: [employee id] }',
    'bad.yaml:9:55: detection.custom.0.context: words of 1 to 24 ASCII letters',
  ],
  ['{ entity: EMPLOYEE_ID, wordsFile: nowhere.txt }', 'nowhere.txt cannot be read (ENOENT)'],
])('%s is refused with its place', async (rule, message) => {
  expect(await problemsOf([rule])).toContain(message)
})

test('a file of words starts at the folder of the configuration and is read line by line', async () => {
  await writeFile(join(directory, 'projects.txt'), 'Blue Heron\n\n  Grey Owl \r\n')
  await writeFile(
    join(directory, 'good.yaml'),
    configurationWith(['{ entity: PROJECT, wordsFile: projects.txt }']),
  )
  const { configuration } = await loadConfiguration('good.yaml', directory)
  const [rule] = configuration.detection.custom
  expect(rule?.words).toEqual(['Blue Heron', 'Grey Owl'])
  const text = new TextEncoder().encode('of GREY OWL.')
  expect(createRuleset(configuration.detection).find(text, 0, text.length)).toMatchObject([
    { entity: 'PROJECT', start: 3, end: 11 },
  ])
})

test('a file with a word that can be none is refused at the setting that names it', async () => {
  await writeFile(join(directory, 'short.txt'), 'Blue Heron\nxy\n')
  expect(await problemsOf(['{ entity: PROJECT, wordsFile: short.txt }'])).toContain(
    'bad.yaml:9:37: detection.custom.0.wordsFile: each must be a text of 3 to 256 bytes',
  )
})
