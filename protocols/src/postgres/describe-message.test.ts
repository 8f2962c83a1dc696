import fc from 'fast-check'
import { expect, it } from 'vitest'
import { errorResponseMessage, readyForQueryMessage } from './backend-messages.ts'
import { describeMessage } from './describe-message.ts'
import type { RecordedFrame } from './frame-assembler.ts'
import { executeMessage, parseMessage, queryMessage, syncMessage } from './frontend-messages.ts'

const frame = (direction: RecordedFrame['direction'], bytes: Uint8Array): RecordedFrame => ({
  ...{ direction, type: bytes[0]!, bytes, totalLength: bytes.length },
  ...{ masked: false, withheld: false },
})

it('says in words what a client sends', () => {
  expect(describeMessage(frame('to_target', queryMessage('select\n 1')))).toEqual({
    ...{ name: 'Query', summary: 'select 1' },
    fields: [{ name: 'text', value: 'select\n 1' }],
  })
  expect(describeMessage(frame('to_target', parseMessage('p1', 'select $1')))).toMatchObject({
    ...{ name: 'Parse', summary: 'select $1' },
    fields: [{ name: 'prepared statement', value: 'p1' }, { name: 'text', value: 'select $1' }],
  }) // prettier-ignore
  expect(describeMessage(frame('to_target', executeMessage(''))).summary).toBe('unnamed, all rows')
  expect(describeMessage(frame('to_target', syncMessage())).name).toBe('Sync')
})

it('says in words what a target answers', () => {
  const error = errorResponseMessage({
    severity: 'ERROR',
    sqlstate: '22012',
    message: 'division by zero',
  })
  expect(describeMessage(frame('to_client', error))).toMatchObject({
    ...{ name: 'ErrorResponse', summary: '22012 division by zero' },
    fields: expect.arrayContaining([{ name: 'SQLSTATE', value: '22012' }]) as unknown,
  })
  expect(describeMessage(frame('to_client', readyForQueryMessage('E'))).summary).toBe(
    'in a transaction that has failed',
  )
})

it('shows nothing of what was withheld', () => {
  const password = { ...frame('to_target', queryMessage('secret')), type: 0x70, withheld: true }
  expect(JSON.stringify(describeMessage(password))).not.toContain('secret')
})

it('says something short of any bytes, whole or torn', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 2_000 }),
      fc.constantFrom('to_client' as const, 'to_target' as const),
      (bytes, direction) => {
        const { name, summary, fields } = describeMessage({
          ...frame(direction, bytes),
          type: bytes[0] ?? 0,
        })
        expect(name.length).toBeGreaterThan(0)
        expect(summary.length).toBeLessThanOrEqual(160)
        expect(fields.length).toBeLessThanOrEqual(200)
      },
    ),
  )
})
