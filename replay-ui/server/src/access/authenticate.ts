/** A request → who asks: bearer token of an issuer, the local token, or the cookie of a signed-in browser. */
import { timingSafeEqual } from 'node:crypto'
import { csrfHeader } from '@gatetrail/replay-api'
import { GatetrailError, isAbout, principalId, type SessionFacts } from '@gatetrail/schemas'
import type { FastifyRequest } from 'fastify'
import { TooManyAttempts } from '../errors.ts'
import { failedTokensMax } from '../limits.ts'
import type { ReplayOptions } from '../options.ts'
import type { Origins } from './origin.ts'
import { RateLimit } from './rate-limit.ts'
import { rolesOf, type Caller } from './roles.ts'
import { hashOf, type WebSessions } from './web-sessions.ts'

export class Authentication {
  readonly #options: ReplayOptions
  readonly #sessions: WebSessions
  readonly #origins: Origins
  readonly #failures = new RateLimit(failedTokensMax)
  readonly #localHash: Buffer
  readonly #nowMs: () => number

  constructor(options: ReplayOptions, sessions: WebSessions, origins: Origins) {
    this.#options = options
    this.#sessions = sessions
    this.#origins = origins
    this.#localHash = Buffer.from(hashOf(options.localToken))
    this.#nowMs = options.nowMs ?? Date.now
  }

  /** For what shows anything: the groups of a sign-in count for a while. @throws GatetrailError SIGN_IN_UNCONFIRMED */
  requireConfirmed({ confirm }: Caller): void {
    if (confirm === undefined || this.#nowMs() < confirm.untilMs) return
    throw new GatetrailError(
      'SIGN_IN_UNCONFIRMED',
      'the issuer has to confirm this sign-in again',
      { hint: 'Reload the page: the issuer asks nothing where it still knows this browser.' },
    )
  }

  /**
   * `asked`: by the caller, now; else it is looked at again who asked before, which is no request and no failed attempt.
   * @throws GatetrailError API_UNAUTHENTICATED, API_FORBIDDEN, SESSION_REVOKED, TOKEN_*, ISSUER_*, PRINCIPAL_UNMATCHED
   */
  async caller(request: FastifyRequest, asked = true): Promise<Caller> {
    const header = request.headers.authorization
    if (header !== undefined) return this.#byToken(header, request.ip, asked)
    const id = request.cookies[cookieName(this.#origins)]
    const caller = id === undefined ? undefined : this.#sessions.find(id, this.#nowMs(), asked)
    if (caller === undefined) throw signInFirst()
    this.#refuseRevokedCaller(caller)
    this.checkOrigin(request)
    return caller
  }

  /**
   * Whether a long answer to this request may go on: its caller was not revoked, and has not signed out. A token that has expired and a
   * browser that is idle since then asked in time.
   */
  mayFinish({ caller, cookies }: FastifyRequest): boolean {
    if (caller === undefined) return false
    const id = cookies[cookieName(this.#origins)]
    if (caller.way === 'session' && (id === undefined || !this.#sessions.isOpen(id, this.#nowMs())))
      return false
    try {
      this.#refuseRevokedCaller(caller)
      return true
    } catch {
      return false
    }
  }

  #refuseRevokedCaller({ principal, tokenId }: Caller): void {
    if (principal === undefined) return
    this.#refuseRevoked({ principal, ...(tokenId !== undefined && { tokenId }) })
  }

  /** Who was revoked is no caller of the API either: an admin could lift it. @throws GatetrailError SESSION_REVOKED */
  #refuseRevoked(facts: SessionFacts): void {
    const nowMs = this.#nowMs()
    for (const { id, body } of this.#options.control.log.objects()) {
      if (body.kind !== 'revocation' || body.refuseUntilMs <= nowMs) continue
      if (!isAbout(body.target, facts)) continue
      throw new GatetrailError('SESSION_REVOKED', `access was revoked (${id})`, {
        hint: 'Ask who runs Gatetrail: they find the reason under this id.',
      })
    }
  }

  /**
   * What a browser does with a cookie: our own page, or who typed the address, must have asked for it. A state change needs a header
   * that no form sends, a WebSocket (to which the same-origin policy does not apply) our Origin.
   * @throws GatetrailError API_FORBIDDEN
   */
  checkOrigin({ method, headers, ws }: FastifyRequest): void {
    const { origin, host } = headers
    const site = headers['sec-fetch-site']
    const ours = this.#origins.allowsOrigin(origin, host)
    const reads = method === 'GET' || method === 'HEAD'
    if (site !== 'cross-site' && site !== 'same-site') {
      if (reads && (!ws || ours)) return
      if (!reads && ours && headers[csrfHeader] !== undefined) return
    }
    throw new GatetrailError('API_FORBIDDEN', 'the request does not come from our own page', {
      hint: `Send the header ${csrfHeader} from the page's own origin, or use a bearer token.`,
    })
  }

  async #byToken(header: string, address: string, asked: boolean): Promise<Caller> {
    const nowMs = this.#nowMs()
    const token = /^Bearer ([\x21-\x7e]+)$/i.exec(header)?.[1]
    if (token === undefined) throw signInFirst()
    if (timingSafeEqual(Buffer.from(hashOf(token)), this.#localHash)) {
      return localCaller('local')
    }
    // The local token needs no limit: 256 bits are not guessed, and who fails from this address must not shut it out.
    if (asked && this.#failures.exhausted(address, nowMs)) {
      throw new TooManyAttempts('failed tokens')
    }
    try {
      const { principal, tokenId } = await this.#options.authenticator.verify(token, nowMs)
      const caller = {
        ...callerOf(principal, this.#options, 'bearer'),
        ...(tokenId !== undefined && { tokenId }),
      }
      this.#refuseRevokedCaller(caller)
      return caller
    } catch (error) {
      if (asked) this.#failures.take(address, nowMs)
      throw error
    }
  }
}

export function callerOf(
  principal: NonNullable<Caller['principal']>,
  options: ReplayOptions,
  way: Caller['way'],
): Caller {
  const rights = rolesOf(principal.groups, options.configuration)
  return { name: principalId(principal), principal, ...rights, way }
}

/** Whoever can read the data directory. */
export function localCaller(way: Caller['way']): Caller {
  return { name: 'local', principal: undefined, roles: ['admin'], way }
}

/** `__Host-` binds the cookie to this host and to HTTPS (RFC 6265bis §4.1.3.2). */
export function cookieName(origins: Origins, purpose = 'session'): string {
  return origins.publicUrl.protocol === 'https:'
    ? `__Host-gatetrail-${purpose}`
    : `gatetrail-${purpose}`
}

export function signInFirst(): GatetrailError {
  return new GatetrailError('API_UNAUTHENTICATED', 'sign in first', {
    hint: 'Sign in with the web app, or send a token: Authorization: Bearer …',
  })
}
