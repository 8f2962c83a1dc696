import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { findSpans } from '../index.ts'
import { Ruleset } from '../find-spans.ts'
import { secretDetectors } from './index.ts'
import { tokenFormat } from './token-format.ts'

const encoder = new TextEncoder()

function find(text: string): string[] {
  const bytes = encoder.encode(text)
  return new Ruleset(secretDetectors)
    .find(bytes, 0, bytes.length)
    .map(
      ({ start, end, detector, level }) =>
        `${detector}/${level}:${new TextDecoder().decode(bytes.subarray(start, end))}`,
    )
}

/** Letters and digits that look random and are none of a live token. */
const random = (length: number, alphabet: string): string => {
  let state = 7
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647
    return alphabet[state % alphabet.length]
  }).join('')
}
const hex = (length: number): string => random(length, '0123456789abcdef')
const word = (length: number): string =>
  random(length, '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')

// Put together here, so that no scanner takes this file for a leak.
const githubPat = ['gh', 'p_'].join('') + word(36)
const stripe = ['sk', 'live', word(24)].join('_')
const aws = ['AK', 'IA'].join('') + random(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')

describe('tokens of providers', () => {
  it('knows them by their marks, wherever they stand', () => {
    expect(find(`token ${githubPat}.`)).toEqual([`github_pat/likely:${githubPat}`])
    expect(find(`{"k":"a\\n${stripe}"}`)).toEqual([`stripe_key/certain:${stripe}`])
    expect(find(`x=%22${aws}%22`)).toEqual([`aws_access_key_id/certain:${aws}`])
    const dapi = ['da', 'pi'].join('') + hex(32)
    expect(find(`'${dapi}'`)).toEqual([`databricks_token/certain:${dapi}`])
  })

  it('is certain of a token of GitHub whose check digits fit', () => {
    const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    const body = word(30)
    let check = ''
    for (let crc = crc32(body), digit = 0; digit < 6; digit++, crc = Math.floor(crc / 62))
      check = base62[crc % 62]! + check
    const token = ['gh', 'p_'].join('') + body + check
    expect(find(token)).toEqual([`github_pat/certain:${token}`])
    const { level } = findSpans(encoder.encode(githubPat), 0, githubPat.length)[0]!
    expect(level).toBe('likely')
  })

  it('takes no part of a longer word, no placeholder and no wrong length for one', () => {
    expect(find(`a${githubPat}`)).toEqual([])
    expect(find(`${githubPat}a`)).toEqual([])
    expect(find(githubPat.slice(0, -1))).toEqual([])
    expect(find(`ghp_${'x'.repeat(36)}`)).toEqual([])
    expect(find('AKIAIOSFODNN7EXAMPLE')).toEqual([])
    expect(find('task_test_1234567890abcdefghij')).toEqual([])
  })

  it('refuses a format that could not be triggered, when it is loaded', () => {
    expect(() => tokenFormat('SK<h32>')).toThrow('less than three')
  })
})
