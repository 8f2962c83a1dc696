/** Data of other columns in generated ones: `upper(ssn)` stored is still a social security number. From relations.ts. */
import type { Relation } from '../catalogue/model.ts'
import type { SqlEnvironment } from './environment.ts'
import { Findings, TooComplexError } from './findings.ts'
import type { Context, SourceColumn, Walker } from './namespace.ts'
import { parseStatements } from './parser.ts'
import { anything, type Value } from './value.ts'
import { qualifiedEnvironment } from './views.ts'

/** By column. `columns`: those of the relation, each with what it holds by itself. */
export function generatedValues(
  relation: Relation,
  columns: readonly SourceColumn[],
  environment: SqlEnvironment,
  walker: Walker,
): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>()
  if (columns.every(({ value }) => value.tags.length === 0)) return values
  for (const { name, generated, defaultText } of relation.columns) {
    if (!generated) continue
    values.set(name, valueOfText(defaultText, relation, columns, environment, walker))
  }
  return values
}

function valueOfText(
  text: string | undefined,
  relation: Relation,
  columns: readonly SourceColumn[],
  environment: SqlEnvironment,
  walker: Walker,
): Value {
  const outcome = parseStatements(`select ${text ?? ''}`)
  const [statement] = outcome.kind === 'parsed' ? outcome.statements : []
  if (text === undefined || statement === undefined) return anything
  const source = {
    name: relation.name,
    relation: `${relation.schema}.${relation.name}`,
    columns,
    open: anything,
    qualifiable: true,
    bare: true,
  }
  const context: Context = {
    findings: new Findings(qualifiedEnvironment(environment), false),
    walker,
    scope: { sources: [source], ctes: undefined, outer: undefined },
    filtering: false,
    ordering: false,
  }
  try {
    return walker.query(statement, context)?.columns?.[0]?.value ?? anything
  } catch (error) {
    if (!(error instanceof TooComplexError) && !(error instanceof RangeError)) throw error
    return anything
  }
}
