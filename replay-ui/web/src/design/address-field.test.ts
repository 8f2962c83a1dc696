import { expect, it } from 'vitest'
import { follow } from './address-field.tsx'

/** As a browser does it: a new text puts the caret behind it. */
function field(text: string, caret: number) {
  let value = text
  return {
    selectionStart: caret,
    selectionEnd: caret,
    get value() {
      return value
    },
    set value(given: string) {
      value = given
      this.selectionStart = this.selectionEnd = given.length
    },
    setSelectionRange(start: number | null, end: number | null) {
      this.selectionStart = Math.min(start ?? 0, value.length)
      this.selectionEnd = Math.min(end ?? 0, value.length)
    },
  }
}

it('leaves what was typed, and the caret in it, where the address says the same', () => {
  const typed = field(' drop table ', 3)
  follow(typed, 'drop table')
  expect([typed.value, typed.selectionStart]).toEqual([' drop table ', 3])
})

it('follows the address, with the caret where it was', () => {
  const typed = field('us_ssn', 2)
  follow(typed, 'US_SSN')
  expect([typed.value, typed.selectionStart]).toEqual(['US_SSN', 2])
  follow(typed, '')
  expect(typed.value).toBe('')
})
