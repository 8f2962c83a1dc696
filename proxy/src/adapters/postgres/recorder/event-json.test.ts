import fc from 'fast-check'
import { decodeEventBody } from '@gatetrail/schemas'
import { expect, it } from 'vitest'
import { completedJson, cutText, decidedJsonOpen, jsonText } from './event-json.ts'
import { StatementRun } from './statement-run.ts'

const encoder = new TextEncoder()

it('what is built by hand fits its schema and says what it was given', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: 0, max: 4_000_000_000_000_000 }),
      fc.nat(),
      fc.string({ unit: 'binary' }),
      fc.option(fc.string(), { nil: '' }),
      (seq, startedMicros, rows, command, message) => {
        const run = new StatementRun(seq, startedMicros, 0)
        run.rows = rows
        run.command = command
        if (message !== '') run.failed('42501', message)
        const event = decodeEventBody(
          'gatetrail.statement.completed',
          encoder.encode(completedJson(run, 7)),
        )
        expect(event).toEqual({
          ...{ statement: seq, startedMicros, durationMicros: 7, rows, bytes: 0 },
          ...(command === '' ? {} : { command }),
          ...(message === '' ? {} : { error: { sqlstate: '42501', message } }),
        })
      },
    ),
  )
})

it('a text is the JSON of itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(JSON.parse(jsonText(text))).toBe(text)
    }),
  )
})

it('a decision is complete with its brace, and with a text before it', () => {
  const open = decidedJsonOpen({
    description: 'd',
    path: 'simple',
    verdict: 'allow',
    policies: ['p"'],
    policySet: 'f',
  })
  for (const json of [`${open}}`, `${open},"text":${jsonText('select "x"')}}`]) {
    expect(() => decodeEventBody('gatetrail.statement.decided', encoder.encode(json))).not.toThrow()
  }
})

it('a long text is cut at 64 KiB, never inside a character', () => {
  const text = cutText('é'.repeat(50_000))
  expect(Buffer.byteLength(text)).toBe(64 * 1024)
  expect(text.endsWith('é')).toBe(true)
})
