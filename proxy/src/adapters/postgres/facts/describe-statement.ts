/**
 * From the text of a statement to what it will do: the facts that policies decide on (design §5) and what masking needs
 * to know. Where the text doesn't tell, the answer errs on the side of more. Synchronous once `loadParser` has resolved.
 */
import type { SqlFacts } from '@gatetrail/schemas'
import type { CopyDescription } from './copy.ts'
import type { SqlEnvironment } from './environment.ts'
import type { StatementReach } from './lineage.ts'
import { parseStatements, type ParseError } from './parser.ts'
import { endsReadOnly, type Setting } from './settings.ts'
import { Findings, TooComplexError } from './findings.ts'
import type { Context, Walker } from './namespace.ts'
import { walkQuery } from './queries.ts'
import { changedRows } from './relations.ts'
import { createHiddenEffects, type BodyFacts } from './routines/index.ts'
import { walkStatement, type Outputs, type StatementPart } from './statements.ts'

/**
 * Frozen by convention: one object serves every statement with the same template, in all sessions.
 *
 * - `columns` has every column that is read, in predicates too; `filters` those in WHERE, ON, USING, HAVING, FILTER and
 *   all below them. GROUP BY and ORDER BY are not filters.
 * - `writes` also has the tables that a definition changes or drops (effect `schema`, not `write`).
 * - FOR UPDATE and FOR SHARE count as `read`: they lock rows, and change none.
 */
export type StatementDescription = {
  /** Small, unique in this process: a key for decisions. */
  id: number
  /** Of the environment in which the text means this. */
  environmentId: number
  facts: SqlFacts
  /** What tagged data it can bring where. */
  reach: StatementReach
  /** As `facts.complete`, if the statements behind EXECUTE were known: the session knows them. */
  completeButNames: boolean
  /** How many statements the text has. */
  statements: number
  parts: StatementPart[]
  parseError?: ParseError
  /** Of the parts together: copy_in before copy_out before rows before none. */
  outputs: Outputs
  /** Of the first COPY. */
  copy?: CopyDescription
  /** `schema.relation`: all that the text names. */
  relations: string[]
  /** Those of them that the catalogue does not have: it may be out of date, and is worth loading again. */
  unknownRelations: string[]
  /** The description depends on a number in the text: not to be shared by template. */
  literalSensitive: boolean
  /** SET, RESET, set_config, transaction modes, in order. */
  settings: Setting[]
  /** A read-only transaction or session may be writable after this. */
  setsReadOnlyOff: boolean
}

/** All texts that can't be read are alike to a policy, so they share an id and with it the decision. */
const undescribedId = 0
const unknownReach: StatementReach = {
  tags: [],
  unknown: true,
  filterTags: [],
  writtenTags: [],
  fills: [],
  stores: [],
  creates: [],
}
let lastId = undescribedId

/** For a description that is made of others. */
export function nextDescriptionId(): number {
  return ++lastId
}

/** What hangs together in a circle: queries in expressions in queries, and the bodies of functions in both. */
const walker: Walker = {
  hidden: createHiddenEffects((text, environment, rowsOf): BodyFacts =>
    described(text, environment, { rowsOf }),
  ),
  query: walkQuery,
}

/**
 * Describes a text, which may hold several statements, in an environment. Never throws for a text: what can't be read is
 * incomplete.
 */
export function describeStatement(sql: string, environment: SqlEnvironment): StatementDescription {
  return described(sql, environment, undefined)
}

/** `body`: it is that of a routine or rule; `new` and `old` are rows of this relation. */
function described(
  sql: string,
  environment: SqlEnvironment,
  body: { rowsOf: string | undefined } | undefined,
): StatementDescription {
  const outcome = parseStatements(sql)
  if (outcome.kind === 'failed') return undescribed(outcome.error, environment)
  const findings = new Findings(environment, body !== undefined)
  const context: Context = {
    findings,
    walker,
    scope: { sources: [], ctes: undefined, outer: undefined },
    filtering: false,
    ordering: false,
  }
  const sources = body?.rowsOf === undefined ? [] : changedRows(body.rowsOf, context)
  const inside = { ...context, scope: { ...context.scope, sources } }
  const parts: StatementPart[] = []
  try {
    for (const statement of outcome.statements) {
      const settingsBefore = findings.settings.length
      const part = walkStatement(statement, inside)
      const settings = findings.settings.slice(settingsBefore)
      parts.push(settings.length === 0 ? part : { ...part, settings })
    }
  } catch (error) {
    if (!(error instanceof TooComplexError) && !(error instanceof RangeError)) throw error
    return undescribed({ message: 'the statement is too complex to inspect' }, environment)
  }
  if (parts.length === 0) {
    // Nothing but white space and comments: the target answers EmptyQueryResponse.
    findings.kinds.add('empty')
    findings.effects.add('session')
  }
  const copy = parts.find((part) => part.copy !== undefined)?.copy
  // Any of its parts may read the setting back, and be planned or run in any order.
  const settingsHoldData = findings.stores.some(({ relation }) => relation === settingsRelation)
  return {
    ...unread(environment),
    id: ++lastId,
    facts: factsOf(findings),
    completeButNames: findings.complete,
    reach: findings.reach,
    statements: parts.length,
    parts: settingsHoldData ? parts.map(withUnknownColumns) : parts,
    outputs: outputsOf(parts),
    ...(copy === undefined ? {} : { copy }),
    relations: sorted(findings.relations),
    unknownRelations: sorted(findings.unknownRelations),
    literalSensitive: findings.literalSensitive,
    settings: findings.settings,
    setsReadOnlyOff: findings.setsReadOnlyOff || endsReadOnly(findings.settings),
  }
}

const settingsRelation = 'pg_catalog.pg_settings'

function withUnknownColumns(part: StatementPart): StatementPart {
  if (part.columns === undefined) return part
  return { ...part, columns: part.columns.map((column) => ({ ...column, unknown: true })) }
}

function factsOf(found: Findings): SqlFacts {
  return {
    kinds: sorted(found.kinds),
    effects: sorted(found.effects),
    reads: sorted(found.reads),
    writes: sorted(found.writes),
    columns: sorted(found.columns),
    filters: sorted(found.filters),
    functions: sorted(found.functions),
    complete: found.complete && !found.indirect && found.effects.size > 0,
  }
}

function undescribed(parseError: ParseError, environment: SqlEnvironment): StatementDescription {
  return { ...unread(environment), parseError }
}

function unread(environment: SqlEnvironment): StatementDescription {
  return {
    id: undescribedId,
    environmentId: environment.id,
    reach: unknownReach,
    facts: {
      kinds: ['unknown'],
      effects: [],
      reads: [],
      writes: [],
      columns: [],
      filters: [],
      functions: [],
      complete: false,
    },
    completeButNames: false,
    statements: 0,
    parts: [],
    outputs: 'none',
    relations: [],
    unknownRelations: [],
    literalSensitive: true,
    settings: [],
    setsReadOnlyOff: true,
  }
}

function outputsOf(parts: readonly StatementPart[]): Outputs {
  for (const outputs of ['copy_in', 'copy_out', 'rows'] as const) {
    if (parts.some((part) => part.outputs === outputs)) return outputs
  }
  return 'none'
}

function sorted<Value extends string>(values: ReadonlySet<Value>): Value[] {
  return [...values].sort()
}
