import { expect, it } from 'vitest'
import { evidenceQuery } from './questions.ts'

const range = {
  from: '2026-03-01T00:00:00Z',
  to: '2026-03-12T10:11:12Z',
  tz: 'UTC',
  defaulted: true,
}

it('asks for evidence of the moment at which the answer ended', () => {
  expect(evidenceQuery({ by: 'run' }, { range })).toEqual({
    by: 'run',
    of: 'touches',
    to: range.to,
  })
  const day = { by: 'run', on: '2026-03-12' } as const
  expect(evidenceQuery(day, { range })).toEqual({ ...day, of: 'touches' })
})
