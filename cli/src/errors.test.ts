import { GatetrailError } from '@gatetrail/schemas'
import picocolors from 'picocolors'
import { expect, test } from 'vitest'
import { describeError, errorAsJson } from './errors.ts'

const colors = picocolors.createColors(false)

test('an operating error is a sentence, its code and what to do, without a stack', () => {
  const error = new GatetrailError('PORT_TAKEN', 'another process listens on 127.0.0.1:1', {
    hint: 'end it',
  })
  expect(describeError(error, colors)).toEqual([
    'error: another process listens on 127.0.0.1:1 (PORT_TAKEN)',
    'hint:  end it',
  ])
  expect(JSON.parse(errorAsJson(error))).toEqual({
    error: {
      code: 'PORT_TAKEN',
      message: 'another process listens on 127.0.0.1:1',
      hint: 'end it',
    },
  })
})

test('a bug says that it is one and keeps its stack', () => {
  expect(describeError(new Error('boom'), colors).join('\n')).toMatch(/bug[^]*boom[^]*at /)
})
