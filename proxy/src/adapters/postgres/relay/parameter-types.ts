/**
 * A Parse may say the types of its parameters by number: those that somebody made run their input function and, of a domain,
 * its checks when values are bound. What that does is part of what the statement does. From statement-forms.ts.
 */
import { readUint16, readUint32 } from '@gatetrail/protocols'
import type { SqlEnvironment, StatementDescription } from '../facts/index.ts'
import { doubtedOf, withConversions } from './session-sql/merged-description.ts'
import type { SessionState } from './session-state.ts'

const firstUserOid = 16_384
const none: readonly number[] = []

/** Types that are not PostgreSQL's own, of the Parse whose text ends here. */
export function userTypes(bytes: Uint8Array, textEnd: number): readonly number[] {
  const count = readUint16(bytes, textEnd + 1)
  let found: Set<number> | undefined
  for (let index = 0; index < count; index++) {
    const oid = readUint32(bytes, textEnd + 3 + 4 * index)
    if (oid >= firstUserOid) (found ??= new Set()).add(oid)
  }
  return found === undefined ? none : [...found]
}

export function withParameterTypes(
  state: SessionState,
  description: StatementDescription,
  oids: readonly number[],
  environment: SqlEnvironment,
): StatementDescription {
  if (oids.length === 0 || description.parseError !== undefined) return description
  const conversions: StatementDescription[] = []
  for (const oid of oids) {
    const type = environment.model.typesByOid.get(oid)
    // One that the catalogue doesn't know: made since, or temporary.
    if (type === undefined) return doubtedOf(description)
    const text = `select null::${quoted(type.schema)}.${quoted(type.name)}`
    conversions.push(state.context.facts.describe(text, environment))
  }
  return withConversions(description, conversions)
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
