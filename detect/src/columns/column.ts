/** What is known of a column, and what is said of it. Read by classify-column.ts and column-vote.ts. */
import type { TouchLevel } from '@gatetrail/schemas'
import type { BuiltInEntity } from '../ruleset.ts'

export type Column = {
  /** As the database or the header says it: `first_name`, `firstName`, `Prénom`. */
  readonly name: string
  /** Its table, or the file that it is read from, without its ending: decides about `name`. */
  readonly relation?: string
  /** Of PostgreSQL: `varchar(40)`, `int4`, `date[]`. Left out: not known. */
  readonly type?: string
  /** Names of the other columns beside it: a `name` beside an `email` is a person's. */
  readonly siblings?: readonly string[]
}

/** Why. Never a value of the column: it may be shown to anybody. */
export type Evidence =
  | { readonly kind: 'name'; readonly phrase: string }
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'values'; readonly matching: number; readonly of: number }

/** likely: masked. certain: name and values agree, or all values have check digits. possible: only reported. */
export type ColumnClass = {
  readonly entity: BuiltInEntity
  readonly level: TouchLevel
  readonly evidence: readonly Evidence[]
}

/** For people: `named "date birth"; 198 of 200 values fit`. */
export function describeEvidence(evidence: readonly Evidence[]): string {
  return evidence.map(describeOne).join('; ')
}

function describeOne(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'name':
      return `named "${evidence.phrase}"`
    case 'type':
      return `of type ${evidence.type}`
    default:
      return `${evidence.matching} of ${evidence.of} values fit`
  }
}
