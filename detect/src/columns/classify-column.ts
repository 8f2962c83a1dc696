/**
 * What a column holds: by its name and type, by a vote over sampled values, and by both. To the proxy, which masks what is
 * likely, and to `gatetrail detect --columns` and `gatetrail discover`. Pure.
 */
import type { Column, ColumnClass } from './column.ts'
import { ColumnVote } from './column-vote.ts'
import { classByType, namedClasses } from './named-classes.ts'

/**
 * `values`: some of the column's, as text in UTF-8, without NULLs; left out: not known, and only name and type decide. If all
 * of them are blank, what the name says is no more than possible. Undefined: it holds nothing that we know.
 */
export function classifyColumn({
  values,
  ...column
}: Column & { readonly values?: readonly Uint8Array[] }): ColumnClass | undefined {
  if (values !== undefined && values.length > 0) {
    const vote = new ColumnVote(column)
    for (const value of values) vote.add(value)
    return vote.decided()
  }
  const named = namedClasses(column)[0]
  if (named !== undefined) {
    const { entity, strength, phrase } = named
    const level = strength === 'strong' ? 'likely' : 'possible'
    return { entity, level, evidence: [{ kind: 'name', phrase }] }
  }
  return classByType(column)
}
