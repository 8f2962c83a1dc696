/**
 * Sign-in by OpenID Connect: code flow with PKCE, state and nonce, against the issuer of `web.login`. What is pending is kept
 * here, bound to the browser by a cookie. RFC 6749, RFC 7636, OpenID Connect Core.
 */
import { randomBytes } from 'node:crypto'
import {
  GatetrailError,
  type Configuration,
  type IssuerConfiguration,
  type Principal,
} from '@gatetrail/schemas'
import { platformApi } from '@gatetrail/replay-api'
import * as client from 'openid-client'
import { loginMs, loginsPendingMax } from '../limits.ts'
import { groupsOf } from './groups.ts'
import { hashOf } from './web-sessions.ts'

type Pending = {
  verifier: string
  state: string
  nonce: string
  returnTo: string
  session: string | undefined
  expiresAtMs: number
}

export const callbackPath = '/api/login/callback'

export class Login {
  readonly #issuer: IssuerConfiguration
  readonly #clientId: string
  readonly #clientSecret: string | undefined
  readonly #redirectUri: string
  readonly #pending = new Map<string, Pending>()
  #discovered: Promise<client.Configuration> | undefined

  constructor(configuration: Configuration, clientSecret: string | undefined, publicUrl: URL) {
    const login = configuration.web.login
    const issuer = configuration.identity.issuers.find(({ name }) => name === login?.issuer)
    if (login === undefined || issuer === undefined) {
      throw new GatetrailError('CONFIG_INVALID', 'web.login names no issuer')
    }
    this.#issuer = issuer
    this.#clientId = login.clientId
    this.#clientSecret = clientSecret
    this.#redirectUri = new URL(callbackPath, publicUrl).href
  }

  get issuerName(): string {
    return this.#issuer.name
  }

  /**
   * `session`: hash of the one that the browser has and that is to be confirmed. It is kept here: the cookie of the session is not sent
   * with what comes from the issuer's site.
   * @throws GatetrailError ISSUER_UNAVAILABLE
   */
  async begin(
    returnTo: string,
    session: string | undefined,
    nowMs: number,
  ): Promise<{ url: string; cookie: string }> {
    const configuration = await this.#discover()
    this.#sweep(nowMs)
    const verifier = client.randomPKCECodeVerifier()
    const pending: Pending = {
      verifier,
      state: client.randomState(),
      nonce: client.randomNonce(),
      returnTo,
      session,
      expiresAtMs: nowMs + loginMs,
    }
    const cookie = randomBytes(32).toString('base64url')
    this.#pending.set(hashOf(cookie), pending)
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#redirectUri,
      scope: 'openid profile',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: pending.state,
      nonce: pending.nonce,
    })
    return { url: url.href, cookie }
  }

  /** What the browser of this cookie has begun and not completed. */
  begun(cookie: string | undefined, nowMs: number): { returnTo: string } | undefined {
    const pending = cookie === undefined ? undefined : this.#pending.get(hashOf(cookie))
    return pending === undefined || pending.expiresAtMs <= nowMs ? undefined : pending
  }

  /** @throws GatetrailError API_UNAUTHENTICATED if it is not an answer to a sign-in of this browser. */
  async complete(
    query: string,
    cookie: string | undefined,
    nowMs: number,
  ): Promise<{ principal: Principal; returnTo: string; session: string | undefined }> {
    const key = cookie === undefined ? '' : hashOf(cookie)
    const pending = this.#pending.get(key)
    this.#pending.delete(key) // One try each: a stolen code is of no use a second time.
    if (pending === undefined || pending.expiresAtMs <= nowMs)
      throw failed('the sign-in was not begun here, or too long ago')
    const configuration = await this.#discover()
    const answer = new URL(this.#redirectUri)
    answer.search = query
    let claims: client.IDToken | undefined
    try {
      const tokens = await client.authorizationCodeGrant(configuration, answer, {
        pkceCodeVerifier: pending.verifier,
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        idTokenExpected: true,
      })
      claims = tokens.claims()
    } catch (cause) {
      throw failed('the issuer did not confirm it', cause)
    }
    if (claims === undefined) throw failed('the issuer sent no ID token')
    const { counting, ignored } = groupsOf(claims, this.#issuer)
    const principal: Principal = {
      kind: 'human',
      issuer: this.#issuer.name,
      subject: claims.sub,
      groups: counting,
      ...(ignored.length > 0 && { groupsIgnored: ignored }),
    }
    return { principal, returnTo: pending.returnTo, session: pending.session }
  }

  /** Once; again after a failure. */
  async #discover(): Promise<client.Configuration> {
    this.#discovered ??= this.#request()
    try {
      return await this.#discovered
    } catch (cause) {
      this.#discovered = undefined
      throw new GatetrailError(
        'ISSUER_UNAVAILABLE',
        `the issuer ${this.#issuer.name} does not answer`,
        {
          cause,
          hint: 'Try again; if it lasts, look at the address of the issuer in the configuration.',
        },
      )
    }
  }

  async #request(): Promise<client.Configuration> {
    const address = new URL(this.#issuer.issuer)
    const authentication =
      this.#clientSecret === undefined
        ? client.None()
        : client.ClientSecretBasic(this.#clientSecret)
    const discovered = await client.discovery(address, this.#clientId, undefined, authentication, {
      timeout: 10,
      // Plain HTTP only where nobody else can listen.
      ...(isLoopback(address) && { execute: [client.allowInsecureRequests] }),
    })
    client.enableNonRepudiationChecks(discovered)
    return discovered
  }

  #sweep(nowMs: number): void {
    for (const [key, { expiresAtMs }] of this.#pending) {
      if (expiresAtMs > nowMs && this.#pending.size < loginsPendingMax) return
      this.#pending.delete(key)
    }
  }
}

/** A path of ours to go back to, never another site. */
export function safeReturnTo(path: string | undefined): string {
  if (
    path === undefined ||
    path.length > platformApi.returnToCharactersMax ||
    !/^\/(?![/\\])[\x21-\x7e]*$/.test(path)
  )
    return '/'
  return path.startsWith('/api/') ? '/' : path
}

function isLoopback(url: URL): boolean {
  return ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
}

function failed(why: string, cause?: unknown): GatetrailError {
  return new GatetrailError('API_UNAUTHENTICATED', `sign-in failed: ${why}`, {
    hint: 'Sign in again.',
    cause,
  })
}
