/**
 * What the topics of a catalogue share: one query each, whose rows they put into a draft of the model. From read-rows.ts,
 * to build-model.ts. Pure.
 *
 * A row holds texts only: where a cell is a table of its own (columns of a relation, labels of an enum), it is JSON of an
 * array of arrays of texts.
 */
import { GatetrailError } from '@gatetrail/schemas'
import type {
  Cast,
  Column,
  ForeignKeyAction,
  Operator,
  Relation,
  Routine,
  Rule,
  Trigger,
  Type,
} from '../model.ts'
import type { Row } from '../query-client.ts'

type DraftColumn = { -readonly [Key in keyof Column]: Column[Key] }

/** A relation while the topics fill it. */
export type DraftRelation = Omit<
  Relation,
  | 'columns'
  | 'parents'
  | 'children'
  | 'triggers'
  | 'rules'
  | 'expressions'
  | 'readExpressions'
  | 'foreignKeyActions'
> & {
  columns: DraftColumn[]
  parents: number[]
  children: number[]
  triggers: Trigger[]
  rules: Rule[]
  expressions: string[]
  readExpressions: string[]
  foreignKeyActions: ForeignKeyAction[]
}

export type ModelDraft = {
  relations: Map<number, DraftRelation>
  routines: Map<number, Routine>
  operators: Operator[]
  casts: Cast[]
  types: Map<number, Type>
  eventTriggerRoutines: number[]
}

export type Topic = {
  readonly name: string
  /** Rows beyond this are an error, by `limits.catalogue`. */
  readonly rowsMax: number
  /** Where all of it stands: as long as nothing changes there, the rows of the load before still hold. None: it never changes. */
  readonly catalogues: readonly string[]
  /**
   * Rows of an OID and the stamp of what stands there: then only what changed is read, `sql` has its OIDs as $1, and a row
   * begins with its OID. Left out: all is read.
   */
  readonly keysSql?: string
  /** Prints no expressions, since that takes locks: see texts.ts. `serverVersion`: server_version_num, such as 150018. */
  sql(serverVersion: number): string
  take(row: Row, draft: ModelDraft, texts: PrintedTexts): void
}

/** The printed view, rule, default, … of this OID. */
export type PrintedTexts = (kind: TextKind, oid: number) => string

export type TextKind =
  | 'views'
  | 'rules'
  | 'policies'
  | 'policy checks'
  | 'function bodies'
  | 'triggers'
  | 'defaults'
  | 'checks'
  | 'index predicates'
  | 'index expressions'
  | 'partition keys'
  | 'type defaults'
  | 'argument defaults'

export function emptyDraft(): ModelDraft {
  return {
    relations: new Map(),
    routines: new Map(),
    operators: [],
    casts: [],
    types: new Map(),
    eventTriggerRoutines: [],
  }
}

/** Objects of other schemas than these, or made after initdb (FirstNormalObjectId), are not PostgreSQL's own. */
export const firstNormalObjectId = 16_384
export const ownSchemas = `('pg_catalog', 'information_schema')`

/** Relations and types of temporary and TOAST schemas come and go with sessions; `n` is pg_namespace. */
export const lastingSchema = `n.nspname !~ '^pg_(toast|temp_|toast_temp_)'`

/** Of what identifies a row of these catalogues, if it is not its OID. */
const rowKeys: Readonly<Record<string, string>> = {
  pg_attribute: '(x.attrelid::bigint << 16) + x.attnum',
  pg_inherits: '(x.inhrelid::bigint << 16) + x.inhseqno',
  pg_range: 'x.rngtypid::bigint',
  pg_aggregate: 'x.aggfnoid::oid::bigint',
  pg_index: 'x.indexrelid::bigint',
  pg_partitioned_table: 'x.partrelid::bigint',
}

/** Schemas pg_catalog and pg_toast have these OIDs in every database. */
const ofServer = '(11, 99)'

/** Of the large catalogues: most of their rows are PostgreSQL's own, and no topic is about them. */
const countedRows: Readonly<Record<string, string>> = {
  pg_attribute: `x.attrelid >= ${firstNormalObjectId} and x.attnum > 0`,
  pg_class: `x.oid >= ${firstNormalObjectId} or x.relnamespace not in ${ofServer}`,
  pg_type: `x.oid >= ${firstNormalObjectId}`,
  pg_proc: `x.oid >= ${firstNormalObjectId} or x.pronamespace not in ${ofServer} or x.prolang not in (12, 13, 14)`,
  pg_operator: `x.oid >= ${firstNormalObjectId} or x.oprnamespace not in ${ofServer}`,
  pg_cast: `x.oid >= ${firstNormalObjectId}`,
  pg_index: `x.indexrelid >= ${firstNormalObjectId}`,
}

/**
 * A number for each of these catalogues as a whole, in one row. Each version of a row has the transaction that wrote it
 * (xmin), which is mixed with the place, so that changes of two rows don't make up for each other.
 */
export function stampsSql(catalogues: readonly string[]): string {
  const sums = catalogues.map((name) => {
    const sum = `sum(${mixed('x.xmin', rowKeys[name] ?? 'x.oid::bigint')})`
    const counted = countedRows[name] ?? 'true'
    return `(select count(*) || ':' || coalesce(${sum}, 0) from ${name} x where ${counted})`
  })
  return `select ${sums.join(', ')}`
}

/** xmin as a number that its place belongs to. */
export function mixed(xmin: string, place: string): string {
  return `hashint8extended(${xmin}::text::bigint, ${place})`
}

export function cell(row: Row, index: number): string {
  return row[index] ?? ''
}

export function numberCell(row: Row, index: number): number {
  return Number(row[index] ?? 0)
}

/** A cell of JSON: [["1", "id", null], …]. @throws GatetrailError UPSTREAM_PROTOCOL_VIOLATION */
export function tableCell(row: Row, index: number): Row[] {
  const text = row[index]
  if (text === undefined || text === null) return []
  const table: unknown = JSON.parse(text)
  if (!Array.isArray(table)) throw malformed()
  return table.map((line: unknown) => {
    if (!Array.isArray(line)) throw malformed()
    return line.map((value: unknown) => (typeof value === 'string' ? value : null))
  })
}

/** A cell of JSON: ["1", "2"]. */
export function listCell(row: Row, index: number): string[] {
  const text = row[index]
  if (text === undefined || text === null) return []
  const list: unknown = JSON.parse(text)
  if (!Array.isArray(list)) throw malformed()
  return list.map(String)
}

/** One of the known letters, or an error: what a newer PostgreSQL adds must not be taken for something else. */
export function letter<Meaning>(
  meanings: Readonly<Record<string, Meaning>>,
  code: string,
): Meaning {
  const meaning = Object.hasOwn(meanings, code) ? meanings[code] : undefined
  if (meaning === undefined) throw malformed(code)
  return meaning
}

function malformed(code = 'a row'): GatetrailError {
  return new GatetrailError(
    'UPSTREAM_PROTOCOL_VIOLATION',
    `the catalogue of the target holds what this version does not know (${code.slice(0, 20)})`,
  )
}
