/** Step 5 of 5. From verified claims to one principal: who, in which groups, for which run, on whose behalf (design §4). Pure. */
import type { IssuerConfiguration, Principal, Run } from '@gatetrail/schemas'
import { ClaimReader, isName } from './claim-reader.ts'
import { IdentityError } from './identity-error.ts'
import { runUrl } from './run-url.ts'
import { isJsonObject, type JsonObject } from './strict-json.ts'

type PrincipalRule = IssuerConfiguration['principals'][number]
type Delegator = NonNullable<Principal['onBehalfOf']>[number]

const delegatorsMax = 8

/**
 * The principal by the first rule whose `when` holds, and the claims that were read for it.
 * @throws IdentityError PRINCIPAL_UNMATCHED, TOKEN_CLAIM_INVALID
 */
export function principalOf(
  claims: JsonObject,
  issuer: IssuerConfiguration,
): { principal: Principal; claims: { [member: string]: unknown } } {
  const reader = new ClaimReader(claims, issuer)
  const rule = issuer.principals.find((rule) => holds(rule, reader))
  if (rule === undefined) {
    throw new IdentityError(
      'PRINCIPAL_UNMATCHED',
      `No principal rule of the issuer ${issuer.name} fits the claims.`,
      { issuer: issuer.name, hint: "Compare the claims with `when` of the issuer's principals." },
    )
  }
  const subject = reader.text(rule.subject)
  if (subject === undefined)
    throw reader.invalid(rule.subject, 'names the principal and is missing')
  const { groups, groupsIgnored } = groupsOf(issuer, reader)
  const onBehalfOf = delegatorsOf(claims, rule, reader)
  const principal: Principal = {
    kind: rule.kind,
    issuer: issuer.name,
    subject,
    groups,
    ...(groupsIgnored.length > 0 && { groupsIgnored }),
    ...(rule.run !== undefined && { run: runOf(rule.run, reader) }),
    ...(onBehalfOf.length > 0 && { onBehalfOf }),
  }
  return { principal, claims: reader.kept() }
}

/** Same type, same value: `22` in the configuration isn't `"22"` in a token. */
function holds(rule: PrincipalRule, reader: ClaimReader): boolean {
  return Object.entries(rule.when ?? {}).every(
    ([pointer, wanted]) => reader.value(pointer) === wanted,
  )
}

/** Only the listed groups count: an issuer can't hand out a group that its configuration doesn't know. */
function groupsOf(
  issuer: IssuerConfiguration,
  reader: ClaimReader,
): { groups: string[]; groupsIgnored: string[] } {
  const settings = issuer.groups
  if (settings === undefined) return { groups: [], groupsIgnored: [] }
  const groups = new Set<string>()
  const ignored = new Set<string>()
  const ours = new Map(Object.entries(settings.map ?? {}))
  for (const group of settings.allow ?? []) ours.set(group, group)
  for (const theirs of reader.texts(settings.claim)) {
    const group = ours.get(theirs)
    if (group === undefined) ignored.add(theirs)
    else groups.add(group)
  }
  return { groups: [...groups], groupsIgnored: [...ignored] }
}

function runOf(mapping: NonNullable<PrincipalRule['run']>, reader: ClaimReader): Run {
  const optional = (pointer: string | undefined): string | undefined =>
    pointer === undefined ? undefined : reader.text(pointer)
  const id = reader.text(mapping.id)
  // Attribution is per run: a caller that should have a run and doesn't say which is refused.
  if (id === undefined) throw reader.invalid(mapping.id, 'names the run and is missing')
  const attempt = optional(mapping.attempt)
  const workflow = optional(mapping.workflow)
  const repository = optional(mapping.repository)
  const url =
    mapping.url === undefined ? undefined : runUrl(mapping.url, (pointer) => reader.text(pointer))
  return {
    provider: mapping.provider,
    id,
    ...(attempt !== undefined && { attempt }),
    ...(workflow !== undefined && { workflow }),
    ...(repository !== undefined && { repository }),
    ...(url !== undefined && { url }),
  }
}

/**
 * The chain of `act` claims (RFC 8693 §4.1), nearest first. Where the rule names the actor itself (`subject: /act/sub`, the
 * RFC's own reading), its delegators are the prior actors and, last, the subject of the token.
 */
function delegatorsOf(claims: JsonObject, rule: PrincipalRule, reader: ClaimReader): Delegator[] {
  const chain: Delegator[] = []
  let act = claims['act']
  while (act !== undefined) {
    if (!isJsonObject(act) || chain.length === delegatorsMax) {
      throw reader.invalid('/act', `is no chain of at most ${delegatorsMax} actors`)
    }
    chain.push(delegatorOf(act, reader))
    act = act['act']
  }
  if (rule.subject !== '/act/sub') return chain
  return [...chain.slice(1), delegatorOf({ sub: claims['sub'] }, reader)]
}

function delegatorOf({ sub, iss }: JsonObject, reader: ClaimReader): Delegator {
  if (!isName(sub) || (iss !== undefined && !isName(iss))) {
    throw reader.invalid('/act', 'has an actor without a printable sub')
  }
  return iss === undefined ? { subject: sub } : { subject: sub, issuer: iss }
}
