import { expect, it } from 'vitest'
import { cedarTokens } from './cedar-text.tsx'

it('tells words, strings, notes and comments apart, and loses nothing', () => {
  const text =
    '@reason("no \\"drop\\"") // why\nforbid (principal, action, resource) when { context has sql };'
  const tokens = cedarTokens(text)
  expect(tokens.map((token) => token.text).join('')).toBe(text)
  expect(tokens.filter(({ kind }) => kind !== 'plain').map(({ kind, text: of }) => `${kind} ${of}`)).toEqual([
    'note @reason', 'string "no \\"drop\\""', 'comment // why', 'word forbid', 'word principal', 'word action',
    'word resource', 'word when', 'word context', 'word has',
  ]) // prettier-ignore
})
