import { expect, it } from 'vitest'
import { questionIn, questionParts } from './question-sentence.ts'

const range = { from: '2026-03-01T00:00:00.000Z', to: '2026-03-12T10:11:12.000Z' }
const asked = `Personal data touched, by run, from ${range.from} to ${range.to}`

it('says the times of a question by the clock of its reader, and names that clock', () => {
  const defaulted = `${asked} (no beginning was given: the last 366 days)`
  expect(questionIn('Europe/Berlin', defaulted, range)).toBe(
    'Personal data touched, by run, from 2026-03-01 01:00:00 to 2026-03-12 11:11:12 Europe/Berlin (no beginning was given: the last 366 days)',
  )
  const until = `Personal data touched, by run, until ${range.to}`
  const sinceEver = { ...range, from: '1970-01-01T00:00:00.000Z' }
  expect(questionIn('UTC', until, sinceEver)).toBe(
    'Personal data touched, by run, until 2026-03-12 10:11:12 UTC',
  )
})

it.each([
  ['a column that looks like no time', 'place is public.2026-99-99T9Z.x'],
  ['a workflow that has a time', 'workflow is nightly-2026-03-12T02:00:00Z'],
  ['the very time of the question', `run is , where ${range.from} and workflow is ${range.to}`],
  ['backticks', 'place is public.`a`.b'],
])('leaves a name as it is: %s', (_, filter) => {
  expect(questionIn('Europe/Berlin', `${asked}, where ${filter}`, range)).toBe(
    `${questionIn('Europe/Berlin', asked, range)}, where ${filter}`,
  )
})

it('loses nothing of a sentence', () => {
  for (const sentence of [asked, `${asked}, where run is 7`, 'Which runs touched personal data'])
    expect(
      questionParts(sentence, range)
        .map(({ text }) => text)
        .join(''),
    ).toBe(sentence)
})
