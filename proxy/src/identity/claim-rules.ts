/** Step 4 of 5. The registered claims of a token whose signature has been verified (RFC 7519 §4.1, OIDC Core §3.1.3.7). Pure. */
import { limits, type ErrorCode, type IssuerConfiguration } from '@gatetrail/schemas'
import { IdentityError } from './identity-error.ts'
import type { JsonObject } from './strict-json.ts'

export type RegisteredClaims = {
  readonly tokenId: string | undefined
  /** Seconds since 1970. */
  readonly issuedAt: number | undefined
  readonly expiresAt: number
}

/** Far beyond any real date, and exact in every reader. */
const secondsMax = 2 ** 40
const tokenIdLengthMax = 1024

/**
 * @throws IdentityError TOKEN_AUDIENCE_MISMATCH, TOKEN_AUTHORIZED_PARTY_MISMATCH, TOKEN_EXPIRED, TOKEN_EXPIRY_MISSING,
 * TOKEN_NOT_YET_VALID, TOKEN_CLAIM_INVALID
 */
export function checkClaims(
  claims: JsonObject,
  issuer: IssuerConfiguration,
  nowMs: number,
): RegisteredClaims {
  const refuse = (code: ErrorCode, message: string, hint?: string): IdentityError =>
    new IdentityError(code, message, { issuer: issuer.name, ...(hint !== undefined && { hint }) })
  const time = (claim: 'exp' | 'nbf' | 'iat'): number | undefined => {
    const value = claims[claim]
    if (value === undefined) return undefined
    if (typeof value !== 'number' || value < 0 || value > secondsMax) {
      throw refuse('TOKEN_CLAIM_INVALID', `The claim ${claim} is not a time.`)
    }
    return value
  }

  if (!hasAudience(claims, issuer)) {
    throw refuse(
      'TOKEN_AUDIENCE_MISMATCH',
      `The token was made for another audience than this issuer's tokens must have.`,
      `Ask for a token with the audience ${audiencesOf(issuer).join(' or ')}.`,
    )
  }
  if (issuer.authorizedParties !== undefined || claims['azp'] !== undefined) {
    const party = claims['azp']
    if (party !== undefined && typeof party !== 'string') {
      throw refuse('TOKEN_CLAIM_INVALID', 'The claim azp is not a text.')
    }
    // Where parties are listed, a token that names none was made for none of them.
    const accepted = issuer.authorizedParties
    if (accepted !== undefined && (party === undefined || !accepted.includes(party))) {
      throw refuse(
        'TOKEN_AUTHORIZED_PARTY_MISMATCH',
        'The token was issued to a client that is not among the authorizedParties.',
      )
    }
  }

  const nowSeconds = nowMs / 1000
  const tolerance = limits.token.clockToleranceSeconds
  const expiresAt = time('exp')
  const notBefore = time('nbf')
  const issuedAt = time('iat')
  if (expiresAt === undefined) {
    throw refuse('TOKEN_EXPIRY_MISSING', 'The token never expires: it has no exp.')
  }
  if (nowSeconds >= expiresAt + tolerance) {
    throw refuse('TOKEN_EXPIRED', 'The token has expired.', 'Get a new token.')
  }
  if (notBefore !== undefined && notBefore > nowSeconds + tolerance) {
    throw refuse('TOKEN_NOT_YET_VALID', 'The token is not valid yet (nbf).', clockHint)
  }
  if (issuedAt !== undefined && issuedAt > nowSeconds + tolerance) {
    throw refuse('TOKEN_NOT_YET_VALID', 'The token was issued in the future (iat).', clockHint)
  }

  const tokenId = claims['jti']
  if (tokenId !== undefined && (typeof tokenId !== 'string' || tokenId.length > tokenIdLengthMax)) {
    throw refuse('TOKEN_CLAIM_INVALID', 'The claim jti is not a short text.')
  }
  if (issuer.oneUse && (tokenId === undefined || tokenId === '')) {
    throw refuse('TOKEN_CLAIM_INVALID', 'The issuer is oneUse, but the token has no jti.')
  }
  return {
    tokenId,
    issuedAt: issuedAt === undefined ? undefined : Math.floor(issuedAt),
    expiresAt: Math.floor(expiresAt),
  }
}

const clockHint = 'Check the clocks of the issuer and of this machine.'

/** Whether `aud` names an audience of the issuer. */
export function hasAudience(claims: JsonObject, issuer: IssuerConfiguration): boolean {
  const audience = claims['aud']
  const given: readonly unknown[] = Array.isArray(audience) ? audience : [audience]
  return audiencesOf(issuer).some((accepted) => given.includes(accepted))
}

function audiencesOf(issuer: IssuerConfiguration): readonly string[] {
  return typeof issuer.audience === 'string' ? [issuer.audience] : issuer.audience
}
