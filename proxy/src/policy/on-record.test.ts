import { limits } from '@gatetrail/schemas'
import { expect, test } from 'vitest'
import { loadPolicySet, policiesOnRecord } from './index.ts'

const permit = '@id("p")\n@reason("because")\npermit (principal, action, resource);'

test('a policy is on record with its text and annotations', () => {
  const { policies } = loadPolicySet([{ file: 'a.cedar', text: permit }])
  expect(policiesOnRecord(policies)).toEqual([
    {
      id: 'p',
      file: 'a.cedar',
      text: permit,
      textBytes: permit.length,
      annotations: { id: 'p', reason: 'because' },
    },
  ])
})

test('a set of very many policies fits in one record', () => {
  const { policies } = loadPolicySet([{ file: 'a.cedar', text: permit }])
  const recorded = policiesOnRecord(
    Array.from({ length: 6_000 }, (_, index) => ({
      ...policies[0]!,
      id: `generated.${index}`,
      file: 'policies/generated/everything.cedar',
      text: permit.repeat(10),
    })),
  )
  const body = Buffer.from(JSON.stringify({ policySet: 'x'.repeat(64), policies: recorded }))
  expect(body.length).toBeLessThan(limits.recordBytesMax)
  expect(recorded.at(-1)!.textBytes).toBe(permit.length * 10)
})

test('a set of any size fits in one record, and says how long each text is', () => {
  const { policies } = loadPolicySet([{ file: 'a.cedar', text: permit }])
  const [policy] = policies
  // Each character is six in JSON, and three bytes as text.
  const long = { ...policy!, text: '\u2028\u0001'.repeat(40_000), annotations: {} }
  const recorded = policiesOnRecord(Array.from({ length: 60 }, () => long))
  expect(recorded[0]!.text.length).toBeGreaterThan(5_000)
  expect(long.text.startsWith(recorded[0]!.text)).toBe(true)
  expect(recorded.at(-1)!.text).toBe('')
  expect(new Set(recorded.map(({ textBytes }) => textBytes))).toEqual(new Set([160_000]))
  const body = Buffer.from(JSON.stringify({ policySet: 'x'.repeat(64), policies: recorded }))
  expect(body.length).toBeLessThan(limits.recordBytesMax)
})
