import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseSearch, stringifySearch } from '../address.ts'
import { filtersOf, touchesSearch } from './address.ts'
import { deeper, keyFilters, workflowFilters } from './key.ts'

const text = fc.string({ minLength: 1, maxLength: 50, unit: 'grapheme' })
const some = fc.option(text)

it('keeps workflows of one name apart, through the address and back', () => {
  const workflow = fc.record({ provider: some, repository: some, workflow: some })
  fc.assert(
    fc.property(workflow, workflow, (one, other) => {
      const asked = (key: typeof one) =>
        filtersOf(touchesSearch(parseSearch(stringifySearch(workflowFilters(key)))))
      expect(asked(one)).toEqual(workflowFilters(one))
      if (JSON.stringify(one) !== JSON.stringify(other))
        expect(asked(one)).not.toEqual(asked(other))
    }),
  )
})

it('asks for what is without one as that, not for all', () => {
  expect(keyFilters({ by: 'policy', policy: null })).toEqual({ policy: '' })
  const none = { by: 'workflow', provider: null, repository: null, workflow: null } as const
  expect(keyFilters(none)).toEqual({ provider: '', repository: '', workflow: '' })
  expect(touchesSearch({ policy: '', place: '', by: 'day' })).toEqual({ policy: '', by: 'day' })
})

it('leads from a day to that day, with the filters that were there', () => {
  const old = touchesSearch({
    by: 'day',
    entity: 'US_SSN',
    last: '7',
    cursor: 'c',
    sort: '-values',
  })
  const search = { ...old, ...deeper({ by: 'day', day: '2026-03-12' }), by: 'run' }
  expect(touchesSearch(parseSearch(stringifySearch(search)))).toEqual({
    ...{ by: 'run', entity: 'US_SSN', from: '2026-03-12', to: '2026-03-12' },
  })
})
