/** The generated pages: complete, and as they stand in docs/. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorCodes } from '../error.ts'
import { eventKinds } from '../registry.ts'
import { renderConfigurationReference } from './configuration-reference.ts'
import { describeFields } from './describe-fields.ts'
import { renderEventReference } from './event-reference.ts'

const docs = new URL('../../../docs/', import.meta.url)

test('docs/events.md is what npm run generate writes, with every kind and every error code', () => {
  const page = renderEventReference()
  expect(readFileSync(new URL('events.md', docs), 'utf8')).toBe(page)
  for (const name of Object.keys(eventKinds)) expect(page).toContain(`### ${name}\n`)
  for (const code of Object.keys(errorCodes)) expect(page).toContain(`| \`${code}\` |`)
})

test('docs/configuration.md is what npm run generate writes', () => {
  expect(readFileSync(new URL('configuration.md', docs), 'utf8')).toBe(
    renderConfigurationReference(),
  )
})

test('every field of every event has a sentence', () => {
  const silent = Object.entries(eventKinds).flatMap(([name, { body }]) =>
    describeFields(body)
      .filter(({ description }) => description === '')
      .map(({ path }) => `${name}: ${path}`),
  )
  expect(silent).toEqual([])
})
