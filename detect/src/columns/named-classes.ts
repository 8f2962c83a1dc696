/** What a column may be by its name and its type. From classify-column.ts and column-vote.ts. Pure. */
import { classifyName, type NameClass } from './classify-name.ts'
import type { Column, ColumnClass } from './column.ts'
import { kindOfType, mayHold } from './column-type.ts'

/** The likeliest first. A boolean `email` is none, nor is an integer `address`. */
export function namedClasses(column: Column): readonly NameClass[] {
  const classes = classifyName(column)
  if (column.type === undefined) return classes
  const kind = kindOfType(column.type)
  return classes.filter(({ entity }) => mayHold(kind, entity))
}

/** Types whose values are all of one entity. */
export function classByType({ type }: Column): ColumnClass | undefined {
  if (type === undefined) return undefined
  switch (kindOfType(type)) {
    case 'address':
      return { entity: 'IP_ADDRESS', level: 'likely', evidence: [{ kind: 'type', type }] }
    case 'hardware_address':
      return { entity: 'MAC_ADDRESS', level: 'likely', evidence: [{ kind: 'type', type }] }
    default:
      return undefined
  }
}
