/**
 * The one road from a token to a principal. In order: take it apart (compact-token.ts), check its header (header-rules.ts),
 * verify the signature with a key of its issuer (key-set.ts, remote-keys.ts, file-keys.ts), check its claims (claim-rules.ts),
 * find the principal (principal-rules.ts).
 */
import {
  limits,
  type Configuration,
  type IssuerConfiguration,
  type Principal,
} from '@gatetrail/schemas'
import { compactVerify, errors } from 'jose'
import type { Logger } from 'pino'
import { checkClaims, hasAudience } from './claim-rules.ts'
import { parseCompactToken, type UnverifiedToken } from './compact-token.ts'
import { createFileKeys } from './file-keys.ts'
import type { NetworkOptions } from './guarded-request.ts'
import { checkAlgorithm, checkHeader, type TokenHeader } from './header-rules.ts'
import { IdentityError } from './identity-error.ts'
import { isKeyUnknown, keyUnknown, type KeySet } from './key-set.ts'
import { principalOf } from './principal-rules.ts'
import { createRemoteKeys, type KeySource } from './remote-keys.ts'
import { createUsedTokens, type UsedTokens } from './used-tokens.ts'

export type VerifiedIdentity = {
  readonly principal: Principal
  /** `jti` */
  readonly tokenId?: string
  /** The same `jti` of the same issuer was verified before. */
  readonly tokenIdSeenBefore: boolean
  /** Seconds since 1970. */
  readonly issuedAt?: number
  /** Seconds since 1970. Gates the opening of a session; ends it only with `endAtExpiry`. */
  readonly expiresAt: number
  /** What the rules read, and iss, sub, aud, exp, iat, jti: all of the token that may go on record. */
  readonly claims: { readonly [member: string]: unknown }
  readonly endAtExpiry: boolean
}

export type AuthenticatorOptions = {
  /** Where relative `jwksFile`s are. */
  readonly baseDirectory: string
  readonly log: Logger
  /** For the age of keys: a clock that nobody sets. Default: that of the process. */
  readonly monotonicMs?: () => number
  readonly network?: NetworkOptions
  /** Asked for one-use tokens that are new here: other processes share our callers. Left out: nobody does. */
  readonly claimToken?: ClaimToken
}

/** Notes the use of a token among all who share our callers. Bounded in time; never rejects. */
export type ClaimToken = (
  issuer: string,
  tokenId: string,
  usedUntilMs: number,
) => Promise<ReturnType<UsedTokens['use']>>

export type Authenticator = {
  /**
   * Verifies a JWT of a configured issuer, as of `nowMs` (wall clock).
   * @throws IdentityError or GatetrailError with a code TOKEN_…, ISSUER_… or PRINCIPAL_UNMATCHED
   */
  verify(token: string, nowMs: number): Promise<VerifiedIdentity>
  /** Ends connections to issuers. */
  close(): Promise<void>
}

type Issuer = { readonly configuration: IssuerConfiguration; readonly keys: KeySource }

export function createAuthenticator(
  identity: Configuration['identity'],
  options: AuthenticatorOptions,
): Authenticator {
  const { baseDirectory, log, network, claimToken } = options
  const monotonicMs = options.monotonicMs ?? (() => performance.now())
  const issuers = identity.issuers.map((configuration): Issuer => {
    const { jwksFile } = configuration
    const keys =
      jwksFile === undefined
        ? createRemoteKeys(configuration, { monotonicMs, log, network })
        : createFileKeys(configuration, jwksFile, { baseDirectory, monotonicMs, log })
    return { configuration, keys }
  })
  const usedTokens = createUsedTokens(false)
  const oneUseTokens = createUsedTokens(true)

  return {
    async verify(compact, nowMs) {
      const token = parseCompactToken(compact)
      const header = checkHeader(token.header)
      const { configuration, keys } = issuerOf(token, issuers)
      checkAlgorithm(header, configuration)
      if (!token.hasSignature)
        throw new IdentityError('TOKEN_MALFORMED', 'The token is not signed.')
      // The signature first: nothing is told about, or done with, the claims of a token that isn't the issuer's.
      await verifySignature(token, header, configuration, keys)
      const { tokenId, issuedAt, expiresAt } = checkClaims(token.payload, configuration, nowMs)
      const { principal, claims } = principalOf(token.payload, configuration)
      // Last, and with no await before it is noted: a refused token isn't used up, and of two at the same time one is first.
      const memory = configuration.oneUse ? oneUseTokens : usedTokens
      const usedUntilMs = (expiresAt + 1 + limits.token.clockToleranceSeconds) * 1000
      let use =
        tokenId === undefined
          ? 'first'
          : memory.use(configuration.name, tokenId, usedUntilMs, nowMs)
      if (configuration.oneUse && use === 'first' && tokenId !== undefined && claimToken)
        use = await claimToken(configuration.name, tokenId, usedUntilMs)
      if (configuration.oneUse && use !== 'first') throw replayed(configuration.name, use)
      return {
        principal,
        ...(tokenId !== undefined && { tokenId }),
        tokenIdSeenBefore: use === 'seen',
        ...(issuedAt !== undefined && { issuedAt }),
        expiresAt,
        claims,
        endAtExpiry: configuration.endAtExpiry,
      }
    },
    async close() {
      await Promise.all(issuers.map(({ keys }) => keys.close()))
    },
  }
}

/** The unverified `iss` (and `aud`, if two entries share an issuer) only selects among the configured, by exact match. */
function issuerOf({ payload }: UnverifiedToken, issuers: readonly Issuer[]): Issuer {
  const { iss } = payload
  if (typeof iss !== 'string') {
    throw new IdentityError('TOKEN_CLAIM_INVALID', 'The token has no iss that is a text.')
  }
  const named = issuers.filter(({ configuration }) => configuration.issuer === iss)
  const found = named.find(({ configuration }) => hasAudience(payload, configuration)) ?? named[0]
  if (found === undefined) {
    throw new IdentityError(
      'TOKEN_ISSUER_UNKNOWN',
      'No configured issuer is the iss of the token.',
      {
        hint: '`issuer` in the configuration must be exactly the iss, trailing slash included.',
      },
    )
  }
  return found
}

async function verifySignature(
  token: UnverifiedToken,
  header: TokenHeader,
  issuer: IssuerConfiguration,
  keys: KeySource,
): Promise<void> {
  const tried = await keys.current()
  if (await verifyWith(tried, token, header, issuer)) return
  const newer = await keys.afterUnknownKey(tried)
  if (newer !== undefined && (await verifyWith(newer, token, header, issuer))) return
  throw keyUnknown(issuer.name)
}

/** False if there is no such key. @throws IdentityError TOKEN_SIGNATURE_INVALID */
async function verifyWith(
  keys: KeySet,
  token: UnverifiedToken,
  header: TokenHeader,
  issuer: IssuerConfiguration,
): Promise<boolean> {
  try {
    await compactVerify(token.compact, keys.find, { algorithms: [header.algorithm] })
    return true
  } catch (error) {
    if (isKeyUnknown(error)) return false
    // Also a key that can't be used at all, such as RSA below 2,048 bits.
    const reason =
      error instanceof errors.JWSSignatureVerificationFailed
        ? 'does not verify'
        : 'cannot be verified with the key that the issuer publishes'
    throw new IdentityError(
      'TOKEN_SIGNATURE_INVALID',
      `The signature of the token ${reason} (issuer ${issuer.name}).`,
      { issuer: issuer.name },
    )
  }
}

function replayed(issuer: string, use: 'seen' | 'full'): IdentityError {
  const message =
    use === 'seen'
      ? 'The token was used before, and tokens of its issuer are for one use.'
      : 'The token is for one use, and nobody can tell now whether it was used before.'
  return new IdentityError('TOKEN_REPLAYED', message, { issuer, hint: 'Get a new token.' })
}
