/** Orders of events between sessions that store, transactions that end, and catalogues that are read. */
import { expect, test } from 'vitest'
import { testRelation } from '../facts/testing/test-model.ts'
import { createDerivedTags } from './derived-tags.ts'
import { emptyModel, type CatalogueModel } from './model.ts'
import { tagsOf } from './tags.ts'

const ssn = { place: 'public.customers.ssn', dataClass: 'US_SSN' }

/** A catalogue with these relations of one column `a`: name → OID. */
function catalogueWith(names: Record<string, number>, column = 'a'): CatalogueModel {
  const columns = [{ attribute: 1, name: column, typeOid: 25, generated: false }]
  const relations = Object.entries(names).map(([name, oid]) => testRelation({ oid, name, columns }))
  return {
    ...emptyModel,
    relationsByOid: new Map(relations.map((relation) => [relation.oid, relation])),
    relationsByName: new Map(relations.map((relation) => [`public.${relation.name}`, relation])),
  }
}

const tagged = (model: CatalogueModel, name: string): boolean =>
  tagsOf(model.relationsByName.get(`public.${name}`)!.columns[0]!).length > 0

test('a relation that is dropped and made again is tagged, though a load between showed it gone', () => {
  const derived = createDerivedTags()
  derived.add('public.copy', 'a', [ssn])
  derived.complete(catalogueWith({ copy: 1 }), derived.mark())
  // Dropped, and made again in a transaction that is still open.
  derived.add('public.copy', 'a', [ssn])
  derived.complete(catalogueWith({ copy: 1 }))
  derived.complete(catalogueWith({}), derived.mark())
  expect(tagged(derived.complete(catalogueWith({ copy: 2 }), derived.mark()), 'copy')).toBe(true)
})

test('a load that began before the store takes nothing away', () => {
  const derived = createDerivedTags()
  derived.add('public.copy', 'a', [ssn])
  derived.complete(catalogueWith({ copy: 1 }), derived.mark())
  const before = derived.mark()
  derived.add('public.copy', 'a', [ssn])
  derived.complete(catalogueWith({}), before)
  expect(tagged(derived.complete(catalogueWith({ copy: 2 }), derived.mark()), 'copy')).toBe(true)
})

test('a relation that took the name of another is tagged too, and the other stays so', () => {
  const derived = createDerivedTags()
  derived.add('public.copy', 'a', [ssn])
  derived.complete(catalogueWith({ copy: 1 }), derived.mark())
  derived.complete(catalogueWith({ old: 1, copy: 2 }), derived.mark())
  derived.add('public.copy', 'a', [ssn])
  const model = derived.complete(catalogueWith({ old: 1, copy: 2 }), derived.mark())
  expect([tagged(model, 'old'), tagged(model, 'copy')]).toEqual([true, true])
})

test('a renamed column keeps its tag', () => {
  const derived = createDerivedTags()
  derived.add('public.copy', 'a', [ssn])
  derived.complete(catalogueWith({ copy: 1 }), derived.mark())
  const renamed = catalogueWith({ copy: 1 }, 'b')
  expect(tagged(derived.complete(renamed, derived.mark()), 'copy')).toBe(true)
  expect(tagged(derived.complete(renamed, derived.mark()), 'copy')).toBe(true)
})

test('a relation that was seen and is gone leaves nothing to one of the same name later', () => {
  const derived = createDerivedTags()
  derived.add('public.copy', 'a', [ssn])
  derived.complete(catalogueWith({ copy: 1 }), derived.mark())
  derived.complete(catalogueWith({}), derived.mark())
  expect(tagged(derived.complete(catalogueWith({ copy: 2 }), derived.mark()), 'copy')).toBe(false)
})

test('the model is the same object while nothing is new', () => {
  const derived = createDerivedTags()
  const stated = catalogueWith({ copy: 1 })
  expect(derived.complete(stated)).toBe(stated)
  derived.add('public.copy', 'a', [ssn])
  const model = derived.complete(stated)
  expect(model.version).not.toBe(stated.version)
  derived.add('public.copy', 'a', [ssn])
  expect(derived.complete(stated, derived.mark())).toBe(model)
})

test('there is an end to it, and what was rolled back a day ago makes room', () => {
  let nowMs = 0
  const derived = createDerivedTags(() => nowMs)
  for (let index = 0; index < 10_000; index++) {
    expect(derived.add(`public.t${index}`, 'a', [ssn])).toBe(true)
  }
  expect(derived.add('public.more', 'a', [ssn])).toBe(false)
  nowMs = 25 * 3_600_000
  expect(derived.add('public.more', 'a', [ssn])).toBe(true)
})
