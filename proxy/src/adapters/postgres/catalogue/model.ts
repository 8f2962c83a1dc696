/**
 * What a target's catalogue says, as the facts of a statement need it. Loaded by load-model.ts on a connection of the
 * catalogue's own, kept in a Snapshot; never changed in place. PostgreSQL documentation, "System Catalogs".
 */

import type { TaggedColumn } from '../facts/environment.ts'

/** r table, p partitioned table, v view, m materialized view, f foreign table, S sequence, c composite type, t TOAST, i and I indexes. */
export type RelationKind = 'r' | 'p' | 'v' | 'm' | 'f' | 'S' | 'c' | 't' | 'i' | 'I'

export type Column = {
  /** Attribute number, from 1; system columns are not listed. */
  readonly attribute: number
  readonly name: string
  readonly typeOid: number
  readonly generated: boolean
  /** The expression of its default or generation, all names qualified. */
  readonly defaultText?: string
  /** The data class that it is tagged with: by configuration, COMMENT, SECURITY LABEL, inheritance, or what was stored into it. */
  readonly tag?: string
  /** `schema.relation.column` under which policies and touches know a tagged column: of an inherited one, that of the tag. */
  readonly place?: string
  /** Further tags, of another class or from another place, by what was stored into it. All of them: `tagsOf` of tags.ts. */
  readonly otherTags?: readonly TaggedColumn[]
}

export type TriggerEvent = 'insert' | 'update' | 'delete' | 'truncate'

export type Trigger = {
  readonly name: string
  /** Undefined: of the system, for a foreign key; see `foreignKeys`. */
  readonly routineOid: number
  readonly events: readonly TriggerEvent[]
  /** CREATE TRIGGER …, if it has a condition (WHEN). */
  readonly definition?: string
}

export type Rule = {
  readonly name: string
  readonly event: 'select' | 'insert' | 'update' | 'delete'
  readonly instead: boolean
  /** CREATE RULE …, all names qualified. */
  readonly definition: string
}

export type ForeignKeyAction = {
  /** The relation whose rows are changed or removed when one of this relation is. */
  readonly relationOid: number
  readonly on: 'update' | 'delete'
}

export type Relation = {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly kind: RelationKind
  /** Live columns, in order. */
  readonly columns: readonly Column[]
  /** Of a view or materialized view: its query, all names qualified (search_path was pg_catalog). */
  readonly definition?: string
  /** Direct parents and children by inheritance or partitioning. */
  readonly parents: readonly number[]
  readonly children: readonly number[]
  readonly triggers: readonly Trigger[]
  /** Without the _RETURN rule of views. */
  readonly rules: readonly Rule[]
  /** CHECK constraints, predicates and expressions of its indexes, row security policies: what a write (or read) evaluates. */
  readonly expressions: readonly string[]
  /** Expressions of row security policies, which a read evaluates too. */
  readonly readExpressions: readonly string[]
  /** CASCADE, SET NULL, SET DEFAULT of foreign keys that refer to it. */
  readonly foreignKeyActions: readonly ForeignKeyAction[]
  /** Of the session that asks: the catalogue itself has no temporary relations (Snapshot.relations names them). */
  readonly temporary: boolean
}

export type Volatility = 'immutable' | 'stable' | 'volatile'

/** A function, procedure, aggregate or window function that is not PostgreSQL's own. */
export type Routine = {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly kind: 'function' | 'procedure' | 'aggregate' | 'window'
  readonly argumentsMin: number
  /** Infinity: variadic. */
  readonly argumentsMax: number
  readonly argumentTypes: readonly number[]
  /** Expressions of defaults of its last arguments, separated by commas; empty: there are none. */
  readonly argumentDefaults: string
  readonly returnType: number
  readonly returnsSet: boolean
  /** OUT, INOUT and TABLE columns; empty: those of its return type, if any. */
  readonly outputs: readonly { name: string; typeOid: number }[]
  readonly volatility: Volatility
  /** sql, plpgsql, c, internal, … */
  readonly language: string
  /** Its text (prosrc), or of a SQL-standard body what pg_get_function_sqlbody says. Empty for c and internal. */
  readonly source: string
  readonly securityDefiner: boolean
  /** SET clauses: `name=value`. */
  readonly settings: readonly string[]
  /** Of an aggregate: the functions that it is made of. */
  readonly partOids: readonly number[]
}

/** An operator that is not PostgreSQL's own. */
export type Operator = {
  readonly schema: string
  readonly name: string
  /** 0: prefix. */
  readonly leftType: number
  readonly rightType: number
  readonly routineOid: number
}

/** A cast that is not PostgreSQL's own. */
export type Cast = {
  readonly sourceType: number
  readonly targetType: number
  /** 0: binary coercible, or by the types' input and output functions. */
  readonly routineOid: number
  readonly context: 'explicit' | 'assignment' | 'implicit'
}

/** Every type, PostgreSQL's own included. */
export type Type = {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly kind: 'base' | 'composite' | 'domain' | 'enum' | 'pseudo' | 'range' | 'multirange'
  /** Of an array: its elements'; of a range or multirange: its subtype; else 0. */
  readonly elementOid: number
  readonly isArray: boolean
  /** Of a domain: the type beneath; else 0. */
  readonly baseOid: number
  /** Of a composite: its relation; else 0. */
  readonly relationOid: number
  /** Of a domain: its CHECKs. */
  readonly checks: readonly string[]
  /** Of an enum: in order. */
  readonly labels: readonly string[]
  /** Input, output, receive and send functions where they are not PostgreSQL's own. */
  readonly routineOids: readonly number[]
}

/** The whole of it. */
export type CatalogueModel = {
  /** Small, unique in this process: another version is another catalogue. */
  readonly version: number
  /** server_version_num: 150018. 0: not known. */
  readonly serverVersion: number
  readonly relationsByOid: ReadonlyMap<number, Relation>
  /** `schema.relation`, names as they are. */
  readonly relationsByName: ReadonlyMap<string, Relation>
  /** By bare name. */
  readonly routinesByName: ReadonlyMap<string, readonly Routine[]>
  readonly routinesByOid: ReadonlyMap<number, Routine>
  readonly operatorsByName: ReadonlyMap<string, readonly Operator[]>
  readonly casts: readonly Cast[]
  readonly typesByOid: ReadonlyMap<number, Type>
  /** By bare name. */
  readonly typesByName: ReadonlyMap<string, readonly Type[]>
  readonly schemas: ReadonlySet<string>
  /**
   * Of those, where a login of this connection lacks USAGE: a search_path passes over them where it is so, and a name that
   * is found there may also mean a later one.
   */
  readonly doubtfulSchemas: ReadonlySet<string>
  /** Event triggers run code at DDL: their functions. */
  readonly eventTriggerRoutines: readonly number[]
  /** search_path of a session of this account, as the target would set it: settings of role and database. */
  readonly defaultSearchPath: readonly string[]
  /** The account's name: what $user means. */
  readonly user: string
  /** The account may not read all of it: what is not found may still be there. */
  readonly uncertain: boolean
}

export const emptyModel: CatalogueModel = {
  version: 0,
  serverVersion: 0,
  relationsByOid: new Map(),
  relationsByName: new Map(),
  routinesByName: new Map(),
  routinesByOid: new Map(),
  operatorsByName: new Map(),
  casts: [],
  typesByOid: new Map(),
  typesByName: new Map(),
  schemas: new Set(['pg_catalog', 'public']),
  doubtfulSchemas: new Set(),
  eventTriggerRoutines: [],
  defaultSearchPath: ['$user', 'public'],
  user: '',
  uncertain: false,
}
