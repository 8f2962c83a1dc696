/**
 * What a view brings: its query is walked as any other, once per catalogue. PostgreSQL gives it with all names qualified,
 * so it means the same in every session. From relations.ts.
 */
import type { CatalogueModel, Relation } from '../catalogue/model.ts'
import { createEnvironment, type SqlEnvironment } from './environment.ts'
import { Findings, TooComplexError } from './findings.ts'
import type { Context, SourceColumn, Walker } from './namespace.ts'
import { parseStatements } from './parser.ts'
import { changesSession, endsReadOnly } from './settings.ts'
import { anythingHidden, type HiddenFacts } from './routines/index.ts'

export type View = {
  /** In order; undefined: can't be told. */
  readonly columns: readonly SourceColumn[] | undefined
  /** What reading it does and reads, whichever columns are asked for. */
  readonly hidden: HiddenFacts
  /** What its query does and reads: of a materialized view, what REFRESH does. */
  readonly query: HiddenFacts
}

/** Views over views, deeper than which nothing is told. */
const viewDepthMax = 32

type Views = {
  readonly environment: SqlEnvironment
  readonly byOid: Map<number, View>
  depth: number
}

const viewsByModel = new WeakMap<CatalogueModel, { certain: Views; uncertain: Views }>()
const unknownView: View = {
  columns: undefined,
  hidden: anythingHidden,
  query: anythingHidden,
}

export function viewOf(relation: Relation, environment: SqlEnvironment, walker: Walker): View {
  const views = viewsOf(environment)
  const known = views.byOid.get(relation.oid)
  if (known !== undefined) return known
  if (views.depth >= viewDepthMax) return unknownView
  // A view can't be part of itself; if the catalogue says so, it can't be told.
  views.byOid.set(relation.oid, unknownView)
  views.depth++
  const view = describeView(relation, views.environment, walker)
  views.depth--
  views.byOid.set(relation.oid, view)
  return view
}

/** The environment of all views: every name is qualified. */
export function qualifiedEnvironment(environment: SqlEnvironment): SqlEnvironment {
  return viewsOf(environment).environment
}

function viewsOf({ model, uncertain }: SqlEnvironment): Views {
  let views = viewsByModel.get(model)
  if (views === undefined) {
    const make = (uncertain: boolean): Views => ({
      environment: createEnvironment({ model, searchPath: [], temporary: new Map(), uncertain }),
      byOid: new Map(),
      depth: 0,
    })
    views = { certain: make(false), uncertain: make(true) }
    viewsByModel.set(model, views)
  }
  return uncertain ? views.uncertain : views.certain
}

function describeView(relation: Relation, environment: SqlEnvironment, walker: Walker): View {
  const outcome = parseStatements(relation.definition ?? '')
  if (outcome.kind === 'failed') return unknownView
  const findings = new Findings(environment, false)
  const scope = { sources: [], ctes: undefined, outer: undefined }
  const context: Context = {
    findings,
    walker,
    scope,
    filtering: false,
    ordering: false,
    separate: true,
  }
  try {
    const columns = walker.query(outcome.statements[0], context)?.columns
    const whole = columns?.length === relation.columns.length ? columns : undefined
    const query = hiddenOf(findings)
    return { columns: whole, hidden: relation.kind === 'm' ? storedOf(query) : query, query }
  } catch (error) {
    if (!(error instanceof TooComplexError) && !(error instanceof RangeError)) throw error
    return unknownView
  }
}

function hiddenOf(findings: Findings): HiddenFacts {
  return {
    functions: [...findings.functions],
    kinds: [],
    effects: [...findings.effects],
    reads: [...findings.reads],
    writes: [...findings.writes],
    columns: [...findings.columns],
    filters: [...findings.filters],
    complete: findings.complete && !findings.settings.some(changesSession),
    // Its predicates are none of who reads it: nothing can be asked with them.
    reach: { ...findings.reach, filterTags: [] },
    setsReadOnlyOff: findings.setsReadOnlyOff || endsReadOnly(findings.settings),
  }
}

/** A materialized view was computed long ago: reading it runs nothing. */
function storedOf(query: HiddenFacts): HiddenFacts {
  return {
    ...query,
    functions: [],
    effects: ['read'],
    writes: [],
    filters: [],
    complete: true,
    setsReadOnlyOff: false,
    reach: { ...query.reach, stores: [], creates: [] },
  }
}
