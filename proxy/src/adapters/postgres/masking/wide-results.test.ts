/** What to do with the columns of very wide results is decided without holding up everybody else. */
import { beforeAll, expect, it } from 'vitest'
import { createDetection } from '../../../detection/detection.ts'
import { emptyModel, type Column } from '../catalogue/model.ts'
import { snapshotOf } from '../catalogue/snapshot.ts'
import { loadParser } from '../facts/index.ts'
import type { OutputColumn } from '../facts/lineage.ts'
import { testRelation } from '../facts/testing/test-model.ts'
import { ColumnKnowledge } from './column-knowledge.ts'
import { planRow } from './row-plan.ts'

beforeAll(() => loadParser())

/** Of plans over `width` columns of a table, each of which shows `bases` of them, on a connection with a tagged column. */
function planMicros(width: number, bases: number): number {
  const columns = Array.from({ length: width }, (_, index): Column => ({
    attribute: index + 1,
    name: `column_${index}`,
    typeOid: 25,
    generated: false,
    ...(index === 0 && { tag: 'US_SSN', place: 'public.wide.column_0' }),
  }))
  const relation = testRelation({ oid: 20_000, name: 'wide', columns })
  const snapshot = snapshotOf(
    {
      ...emptyModel,
      relationsByOid: new Map([[20_000, relation]]),
      relationsByName: new Map([['public.wide', relation]]),
    },
    new Map(),
  )
  const places = columns.map(({ name }) => `public.wide.${name}`)
  const result = columns.map(({ name }) => ({ name, tableOid: 0, attribute: 0, typeOid: 25, format: 0 })) // prettier-ignore
  const lineage = result.map(({ name }, index): OutputColumn => ({
    name,
    tags: [],
    unknown: false,
    bases: Array.from({ length: bases }, (_, base) => places[(index + base) % width]!),
  }))
  const knowledge = new ColumnKnowledge(createDetection({ off: [], columns: true, custom: [] }))
  const plan = (): unknown =>
    planRow({
      columns: result,
      formats: undefined,
      snapshot,
      lineage,
      writes: false,
      reveal: () => false,
      knowledge,
      showsStored: true,
      ballots: new Map(),
    })
  // What is known of the relation is found out once.
  plan()
  const before = process.cpuUsage()
  for (let round = 0; round < 3; round++) plan()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

it('grows with the columns that it reads, not with how wide their table is', () => {
  planMicros(200, 4)
  const narrow = planMicros(200, 32)
  const wide = planMicros(1600, 32)
  // 8 times as many columns: looking through all of them for each was 35 times as much.
  expect(wide / narrow).toBeLessThan(20)
})
