import { isGatetrailError, type DetectionConfiguration } from '@gatetrail/schemas'
import { describe, expect, it } from 'vitest'
import { maskText } from '@gatetrail/detect'
import { createDetection } from './detection.ts'

const everything = { off: [], columns: true, custom: [] }
const badge: DetectionConfiguration['custom'][number] = {
  entity: 'BADGE',
  pattern: 'B-[0-9]{6}',
  context: [],
  level: 'likely',
}

describe('what a process looks for', () => {
  it('is everything built in, unless the configuration says otherwise', () => {
    const text = 'write to ada@example.com about B-123456'
    expect(maskText(text, createDetection(everything)).text).toBe('write to ***@*******.*** about B-123456') // prettier-ignore
    const withBadges = createDetection({ ...everything, custom: [badge] })
    expect(maskText(text, withBadges).text).toBe('write to ***@*******.*** about *-******')
    expect(withBadges.entities).toContain('BADGE')
    const withoutEmail = createDetection({ ...everything, off: ['EMAIL'] })
    expect(maskText(text, withoutEmail).text).toBe(text)
    expect(withoutEmail.entities).not.toContain('EMAIL')
  })
  it('has a version that says so', () => {
    const versions = [
      createDetection(everything),
      createDetection({ ...everything, custom: [badge] }),
      createDetection({ ...everything, off: ['EMAIL'] }),
    ].map(({ version }) => version)
    expect(new Set(versions).size).toBe(3)
  })
  it('names the place of a pattern that cannot be used', () => {
    const made = (): unknown =>
      createDetection({ ...everything, custom: [badge, { ...badge, pattern: '(' }] })
    expect(made).toThrow(/^detection\.custom\[1\]\.pattern: /)
    try {
      made()
    } catch (error) {
      expect(isGatetrailError(error) && error.code).toBe('CONFIG_INVALID')
    }
  })
})
