import * as api from '@gatetrail/replay-api'
import type { Operation } from '@gatetrail/replay-api'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { answerText } from './answer-text.ts'

const of = (schema: z.ZodType) => answerText({ schema, method: 'GET', url: '/' })
const runs = z.object({ runs: z.array(z.object({ id: z.string() })) })

it('An answer holds what its shape names, and nothing else', () => {
  expect(of(runs)({ runs: [{ id: '1', secret: 'x' }], more: 1 })).toBe('{"runs":[{"id":"1"}]}')
})

it('An answer of another shape is none', () => {
  expect(() => of(runs)({ runs: [{ id: 1 }] })).toThrow("doesn't match the schema")
})

it('No answer has a shape that says one thing forwards and another backwards', () => {
  const answers = Object.values(api)
    .flatMap((area): unknown[] => (typeof area === 'object' ? Object.values(area) : []))
    .filter((one): one is Operation => typeof one === 'object' && one !== null && 'answer' in one)
    .flatMap(({ answer }) => answer ?? [])
  expect(answers.length).toBeGreaterThan(40)
  const kinds = new Set(answers.flatMap((answer) => [...kindsIn(answer, new Set())]))
  expect(kinds).toContain('array')
  const twoWays = ['pipe', 'transform', 'default', 'prefault', 'catch', 'readonly', 'success']
  expect([...kinds].filter((kind) => twoWays.includes(kind))).toEqual([])
})

/** Of a shape and all that it is made of. */
function kindsIn(part: unknown, seen: Set<unknown>): Set<string> {
  const kinds = new Set<string>()
  if (typeof part !== 'object' || part === null || seen.has(part)) return kinds
  seen.add(part)
  if (part instanceof z.ZodType) kinds.add(part.def.type)
  const inside = part instanceof z.ZodType ? part.def : part
  for (const value of Object.values(inside))
    for (const kind of kindsIn(value, seen)) kinds.add(kind)
  return kinds
}
