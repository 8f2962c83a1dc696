import { describe, expect, it } from 'vitest'
import { looksRandom } from './looks-random.ts'
import { alphabets, randomText } from './testing/find-secrets.ts'

const encoder = new TextEncoder()
const isRandom = (text: string): boolean => looksRandom(encoder.encode(text), 0, text.length)
const texts = 2000

describe('looksRandom', () => {
  it.each([
    ['lower', 16, 0.97],
    ['lower', 32, 0.995],
    ['hex', 16, 0.95],
    ['hex', 32, 0.995],
    ['word', 20, 0.97],
    ['word', 32, 0.98],
    ['base64', 40, 0.99],
    ['upper', 32, 0.99],
  ] as const)('knows random %s of %d letters', (alphabet, length, shareMin) => {
    let known = 0
    for (let seed = 1; seed <= texts; seed++)
      if (isRandom(randomText(length, alphabets[alphabet], seed * 7919))) known++
    expect(known / texts).toBeGreaterThan(shareMin)
  })

  it.each([
    'src/components/UserProfile.test.tsx',
    'getUserTokenFromRequestHeader2',
    'projects/my-project-123/locations/europe-west3',
    'ip-10-0-12-34.eu-west-1.compute.internal',
    '2026-11-21T22:30:00.000Z',
    'application/vnd.api+json;v=2',
    'libssl1.1_1.1.1f-1ubuntu2_amd64.deb',
    'Mozilla/5.0',
    'base64url-encoded',
    'utf8mb4_unicode_520_ci',
    'customer_order_2026_11',
    'v1.2.3-rc.4+build.5678',
  ])('does not take %s for it', (text) => {
    expect(isRandom(text)).toBe(false)
  })
})
