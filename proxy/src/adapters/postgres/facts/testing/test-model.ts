/** For tests: a catalogue made of a few words, as a target with these relations would have it. */
import {
  emptyModel,
  type CatalogueModel,
  type Column,
  type Relation,
} from '../../catalogue/model.ts'
import { createEnvironment, type SqlEnvironment } from '../environment.ts'

/** `schema.relation` → columns, each `name` or `name:DATA_CLASS` for a tagged one. */
export type TestTables = Readonly<Record<string, string>>
/** `schema.relation` → its columns and its query, with all names qualified. */
export type TestViews = Readonly<Record<string, { columns: string; definition: string }>>

const textOid = 25
const firstOid = 20_000
let lastVersion = 1_000_000

/** A plain table of the schema public, but for what is given. */
export function testRelation(
  given: Partial<Relation> & Pick<Relation, 'oid' | 'name' | 'columns'>,
): Relation {
  return {
    schema: 'public',
    kind: 'r',
    parents: [],
    children: [],
    triggers: [],
    rules: [],
    expressions: [],
    readExpressions: [],
    foreignKeyActions: [],
    temporary: false,
    ...given,
  }
}

export function testModel(
  tables: TestTables,
  views: TestViews = {},
  changes: Partial<CatalogueModel> = {},
): CatalogueModel {
  const relations = [
    ...Object.entries(tables).map(([name, columns]) => ({ name, columns, definition: undefined })),
    ...Object.entries(views).map(([name, view]) => ({ name, ...view })),
  ].map((entry, index): Relation => {
    const [schema = '', relation = ''] = entry.name.split('.')
    const { definition } = entry
    return testRelation({
      oid: firstOid + index,
      schema,
      name: relation,
      kind: definition === undefined ? 'r' : 'v',
      columns: columnsOf(entry.columns),
      ...(definition === undefined ? {} : { definition }),
    })
  })
  return {
    ...emptyModel,
    version: ++lastVersion,
    serverVersion: 180_000,
    relationsByOid: new Map(relations.map((relation) => [relation.oid, relation])),
    relationsByName: new Map(
      relations.map((relation) => [`${relation.schema}.${relation.name}`, relation]),
    ),
    schemas: new Set(['pg_catalog', 'public', ...relations.map(({ schema }) => schema)]),
    ...changes,
  }
}

export function testEnvironment(
  model: CatalogueModel,
  state: Partial<Omit<SqlEnvironment, 'id' | 'model'>> = {},
): SqlEnvironment {
  return createEnvironment({
    model,
    searchPath: ['public'],
    temporary: new Map(),
    uncertain: false,
    ...state,
  })
}

function columnsOf(text: string): Column[] {
  return text.split(/\s+/).map((word, index) => {
    const [name = '', tag] = word.split(':')
    const column = { attribute: index + 1, name, typeOid: textOid, generated: false }
    return tag === undefined ? column : { ...column, tag }
  })
}
