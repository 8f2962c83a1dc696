import { expect, it } from 'vitest'
import { cssString } from './css-string.ts'

it.each([
  ['of customers', '"of customers"'],
  ['"; } * { display: none', '"\\22 ; } * { display: none"'],
  ['\\', '"\\5c "'],
  ['two\nlines', '"two\\a lines"'],
])('ends nowhere but at its end: %j', (text, expected) => {
  expect(cssString(text)).toBe(expected)
})
