/** A select list or RETURNING: its columns. From queries.ts and changes.ts. */
import { columnName } from './column-names.ts'
import { starOf, valueOf } from './expressions.ts'
import type { Context, SourceColumn } from './namespace.ts'
import { ofType, textOf, type Node } from './node.ts'
import { passedOn, type NamedValue, type Value } from './value.ts'

/** A select list or RETURNING. `separate`: what each column reads is told with it, and not noted. */
export function targetsOf(
  targets: readonly unknown[],
  context: Context,
  separate = false,
): readonly SourceColumn[] | undefined {
  const columns: SourceColumn[] = []
  let known = true
  for (const target of targets) {
    let made: readonly SourceColumn[] | undefined
    const walk = (): void => {
      made = columnsOfTarget(ofType(target, 'ResTarget') ?? {}, context)
    }
    const reads = separate ? context.findings.readsOf(walk) : walk()
    if (made === undefined) known = false
    // Not the columns of the sources themselves: what they read is noted by now.
    for (const { name, value } of made ?? []) {
      if (typeof reads !== 'object') columns.push({ name, value })
      else columns.push({ name, value, reads: made?.length === 1 ? reads : ownReads(value) })
    }
  }
  return known ? columns : undefined
}

/** Of one column of a star. */
const ownReads = ({ bases, tags }: Value): NonNullable<SourceColumn['reads']> => ({
  columns: bases,
  tags,
})

function columnsOfTarget(target: Node, context: Context): readonly NamedValue[] | undefined {
  const star = starOf(target['val'], context)
  if (star !== undefined) return star.columns
  const value = valueOf(target['val'], context)
  const given = textOf(target, 'name')
  const name = given === '' ? columnName(target['val'], context.findings.subqueryNames) : given
  return [{ name, value: passedOn(value) }]
}
