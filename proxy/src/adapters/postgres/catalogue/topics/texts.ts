/**
 * What PostgreSQL keeps as a tree and prints as a text: queries of views, rules, expressions. To print one, it opens the
 * relations in it, locked as for reading; those of a whole query stay locked to the end of the transaction. So each is
 * printed once, and again only when it or what it names has changed. From read-rows.ts, to read-texts.ts. Pure.
 */
import { limits } from '@gatetrail/schemas'
import { sqlBodiesSince } from './routines.ts'
import { firstNormalObjectId, type TextKind } from './topic.ts'

export type TextTopic = {
  readonly name: TextKind
  readonly rowsMax: number
  readonly catalogues: readonly string[]
  /** Which there are: OID of what has the tree, its stamp, the relation that it belongs to. Undefined: this version has none. */
  keysSql(serverVersion: number): string | undefined
  /** $1: OIDs. OID, text, and what is named in it, by class and OID: ["1259.16400", …]. */
  readonly sql: string
  /** What locks until the end of its transaction is printed one by one. */
  readonly perQueryMax: number
}

type Tree = {
  name: TextKind
  catalogue: string
  /** Column of the OID; `x` is a row of the catalogue. */
  oid?: string
  relation: string
  where: string
  text: string
  /** Class of what has the dependencies, where it isn't the catalogue itself, and their OID. */
  dependant?: { class: string; oid: string }
  perQueryMax?: number
  since?: number
}

const oneByOne = 1
const together = 100

const trees: readonly Tree[] = [
  {
    name: 'views',
    catalogue: 'pg_rewrite',
    oid: 'x.ev_class',
    relation: 'x.ev_class',
    where: `x.rulename = '_RETURN' and x.ev_class >= ${firstNormalObjectId}`,
    text: 'pg_get_viewdef(x.ev_class)',
    dependant: { class: 'pg_rewrite', oid: 'x.oid' },
    perQueryMax: oneByOne,
  },
  {
    name: 'rules',
    catalogue: 'pg_rewrite',
    relation: 'x.ev_class',
    where: `x.rulename <> '_RETURN' and x.ev_enabled <> 'D'`,
    text: 'pg_get_ruledef(x.oid)',
    perQueryMax: oneByOne,
  },
  {
    name: 'policies',
    catalogue: 'pg_policy',
    relation: 'x.polrelid',
    where: 'x.polqual is not null',
    text: 'pg_get_expr(x.polqual, x.polrelid)',
    perQueryMax: oneByOne,
  },
  {
    name: 'policy checks',
    catalogue: 'pg_policy',
    relation: 'x.polrelid',
    where: 'x.polwithcheck is not null',
    text: 'pg_get_expr(x.polwithcheck, x.polrelid)',
    perQueryMax: oneByOne,
  },
  {
    name: 'function bodies',
    catalogue: 'pg_proc',
    relation: '0',
    where: `x.prosqlbody is not null and x.oid >= ${firstNormalObjectId}`,
    text: 'pg_get_function_sqlbody(x.oid)',
    perQueryMax: oneByOne,
    since: sqlBodiesSince,
  },
  {
    name: 'triggers',
    catalogue: 'pg_trigger',
    relation: 'x.tgrelid',
    where: `x.tgqual is not null and x.tgenabled <> 'D'`,
    text: 'pg_get_triggerdef(x.oid)',
  },
  {
    name: 'defaults',
    catalogue: 'pg_attrdef',
    relation: 'x.adrelid',
    where: 'true',
    text: 'pg_get_expr(x.adbin, x.adrelid)',
  },
  {
    name: 'checks',
    catalogue: 'pg_constraint',
    relation: 'x.conrelid',
    where: `x.contype = 'c'`,
    text: 'pg_get_expr(x.conbin, x.conrelid)',
  },
  {
    name: 'index predicates',
    catalogue: 'pg_index',
    oid: 'x.indexrelid',
    relation: 'x.indrelid',
    where: 'x.indpred is not null',
    text: 'pg_get_expr(x.indpred, x.indrelid)',
    dependant: { class: 'pg_class', oid: 'x.indexrelid' },
  },
  {
    name: 'index expressions',
    catalogue: 'pg_index',
    oid: 'x.indexrelid',
    relation: 'x.indrelid',
    where: 'x.indexprs is not null',
    text: 'pg_get_expr(x.indexprs, x.indrelid)',
    dependant: { class: 'pg_class', oid: 'x.indexrelid' },
  },
  {
    name: 'partition keys',
    catalogue: 'pg_partitioned_table',
    oid: 'x.partrelid',
    relation: 'x.partrelid',
    where: 'x.partexprs is not null',
    text: 'pg_get_expr(x.partexprs, x.partrelid)',
    dependant: { class: 'pg_class', oid: 'x.partrelid' },
  },
  {
    name: 'type defaults',
    catalogue: 'pg_type',
    relation: '0',
    where: `x.typtype = 'd' and x.typdefaultbin is not null`,
    text: 'pg_get_expr(x.typdefaultbin, 0)',
  },
  {
    name: 'argument defaults',
    catalogue: 'pg_proc',
    relation: '0',
    where: `x.proargdefaults is not null and x.oid >= ${firstNormalObjectId}`,
    text: 'pg_get_expr(x.proargdefaults, 0)',
  },
]

export const textTopics: readonly TextTopic[] = trees.map((tree) => {
  const { name, catalogue, oid = 'x.oid', relation, where, text, since = 0 } = tree
  const dependant = tree.dependant ?? { class: catalogue, oid: 'x.oid' }
  return {
    name,
    rowsMax: limits.catalogue.relationsMax,
    catalogues: [catalogue],
    keysSql: (serverVersion) =>
      serverVersion < since
        ? undefined
        : `select ${oid}, x.xmin, ${relation} from ${catalogue} x where ${where}`,
    sql: `
select ${oid}, ${text}, (
  select json_agg(distinct d.refclassid || '.' || d.refobjid) from pg_depend d
  where d.classid = '${dependant.class}'::regclass and d.objid = ${dependant.oid} and d.refobjid >= ${firstNormalObjectId})::text
from ${catalogue} x where ${oid} = any($1::oid[]) and ${where}`,
    perQueryMax: tree.perQueryMax ?? together,
  }
})

/** Stamps of what else is named in texts: operators, collations, configurations of text search, schemas. Small: always read. */
export const namedSql = [
  'pg_operator',
  'pg_collation',
  'pg_ts_config',
  'pg_ts_dict',
  'pg_namespace',
]
  .map(
    (catalogue) =>
      `select '${catalogue}'::regclass::oid || '.' || x.oid, x.xmin::text from ${catalogue} x where x.oid >= ${firstNormalObjectId}`,
  )
  .join(' union all ')

/** Classes of what has stamps of its own, by the topic that reads them. */
export const classOfTopic: Readonly<Record<string, string>> = {
  relations: '1259',
  types: '1247',
  routines: '1255',
}
