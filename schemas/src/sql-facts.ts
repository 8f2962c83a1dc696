/** What a statement will do, as policies and touches see it (design §5, `context.sql`). Made by proxy/src/adapters/postgres/facts. */
import { z } from 'zod'

export const sqlEffects = ['read', 'write', 'schema', 'session', 'external'] as const

const set = z.array(z.string()).describe('A set: sorted, without duplicates.')

export const sqlFactsSchema = z.strictObject({
  kinds: set.describe('Every statement kind at any depth: select, delete, drop_table, …'),
  effects: z.array(z.enum(sqlEffects)).describe('A set: what it does.'),
  reads: set.describe('schema.relation'),
  writes: set.describe('schema.relation'),
  columns: set.describe(
    'Read: schema.relation.column; schema.relation.* where the columns are not known',
  ),
  filters: set.describe('Used in predicates: schema.relation.column'),
  functions: set.describe('schema.name'),
  complete: z.boolean().describe('False where it cannot be told what will happen.'),
})

export type SqlEffect = (typeof sqlEffects)[number]
export type SqlFacts = z.infer<typeof sqlFactsSchema>
