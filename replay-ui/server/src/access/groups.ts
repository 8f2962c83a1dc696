/** The groups of an ID token that count: by the issuer's allow-list or map (design §4). Pure. */
import type { IssuerConfiguration } from '@gatetrail/schemas'

const groupsMax = 1_000

export function groupsOf(
  claims: unknown,
  issuer: IssuerConfiguration,
): { counting: string[]; ignored: string[] } {
  const { groups } = issuer
  if (groups === undefined) return { counting: [], ignored: [] }
  const value = atPointer(claims, groups.claim)
  const named = (Array.isArray(value) ? value : [value])
    .filter((group): group is string => typeof group === 'string')
    .slice(0, groupsMax)
  const counting = new Set<string>()
  const ignored: string[] = []
  for (const group of named) {
    const ours =
      groups.map === undefined
        ? groups.allow?.includes(group) === true
          ? group
          : undefined
        : Object.hasOwn(groups.map, group)
          ? groups.map[group]
          : undefined
    if (ours === undefined) ignored.push(group)
    else counting.add(ours)
  }
  return { counting: [...counting].sort(), ignored }
}

/** RFC 6901. */
function atPointer(value: unknown, pointer: string): unknown {
  let at: unknown = value
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined
    at = Reflect.get(at, name)
  }
  return at
}
