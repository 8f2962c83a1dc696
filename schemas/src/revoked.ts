/** Whom a revocation is about: for sessions of the proxy, and for callers of the API. Pure. */
import type { RevocationTarget } from './control.ts'
import { unreachable } from './error.ts'
import type { Principal } from './principal.ts'

/** What is known of a session, or of a caller that may get one. */
export type SessionFacts = {
  readonly principal: Principal
  /** jti */
  readonly tokenId?: string | undefined
  /** As soon as it has one. */
  session?: string
}

export function isAbout(target: RevocationTarget, facts: SessionFacts): boolean {
  const { principal } = facts
  switch (target.type) {
    case 'session':
      return facts.session === target.session
    case 'run':
      return (
        principal.run?.provider === target.provider &&
        principal.run.id === target.id &&
        (target.attempt === undefined || principal.run.attempt === target.attempt)
      )
    case 'subject':
      return revocableSubjects(principal).some(
        ({ issuer, subject }) => issuer === target.issuer && subject === target.subject,
      )
    case 'token':
      return principal.issuer === target.issuer && facts.tokenId === target.id
    default:
      return unreachable(target)
  }
}

/** Who is acting, and on whose behalf: whoever is revoked has no agents either. */
export function revocableSubjects({ issuer, subject, onBehalfOf = [] }: Principal): {
  issuer: string
  subject: string
}[] {
  return [
    { issuer, subject },
    // Tokens name the issuers of delegators by address, if at all: the subject counts as one of the token's own issuer, too.
    ...onBehalfOf.flatMap((delegator) => [
      { issuer, subject: delegator.subject },
      ...(delegator.issuer === undefined
        ? []
        : [{ issuer: delegator.issuer, subject: delegator.subject }]),
    ]),
  ]
}
