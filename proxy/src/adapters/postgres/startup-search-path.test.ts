import { expect, test } from 'vitest'
import type { SqlFacts } from '@gatetrail/schemas'
import { factsViewOf } from './startup-search-path.ts'

const facts: SqlFacts = {
  kinds: ['select'],
  effects: ['read'],
  reads: [],
  writes: [],
  columns: [],
  filters: [],
  functions: [],
  complete: true,
}

test.each([undefined, '', 'public', '"$user", public', 'pg_catalog, public'])(
  'the path %j is the one that facts assume',
  (path) => {
    expect(factsViewOf(path)).toBeUndefined()
  },
)

test('with another path, what counts as public may be something else, and what is qualified is not', () => {
  const view = factsViewOf('hidden, public')
  expect(view?.({ ...facts, reads: ['public.customers'] }).complete).toBe(false)
  expect(view?.({ ...facts, writes: ['public.customers'] }).complete).toBe(false)
  expect(view?.({ ...facts, reads: ['sales.customers'] }).complete).toBe(true)
  expect(view?.(facts).complete).toBe(true)
})

test('with pg_catalog behind another schema no name is certain', () => {
  expect(factsViewOf('public, pg_catalog')?.(facts).complete).toBe(false)
  expect(factsViewOf('public,"pg_catalog"')?.(facts).complete).toBe(false)
})
