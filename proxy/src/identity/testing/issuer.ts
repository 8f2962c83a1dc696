/** A real issuer for tests: keys, a discovery document and a JWKS on loopback, and tokens of any shape. */
import {
  generateKeyPairSync,
  sign as signBytes,
  type KeyObject,
  type SignKeyObjectInput,
} from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import {
  configurationSchema,
  type Configuration,
  type ConfigurationInput,
} from '@gatetrail/schemas'
import { pino, type Logger } from 'pino'
import {
  createAuthenticator,
  type Authenticator,
  type AuthenticatorOptions,
} from '../authenticator.ts'

export const nowMs = Date.parse('2026-03-12T10:00:00Z')
export const nowSeconds = nowMs / 1000

export type SigningKey = {
  readonly kid: string
  readonly alg: string
  readonly key: KeyObject
  readonly publicKey: KeyObject
}
type Json = { readonly [member: string]: unknown }
export type IssuerInput = Partial<ConfigurationInput['identity']['issuers'][number]>

export function rsaKey(kid: string, alg = 'RS256'): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { kid, alg, key: privateKey, publicKey }
}

export function ecKey(kid: string): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { kid, alg: 'ES256', key: privateKey, publicKey }
}

export function edKey(kid: string): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return { kid, alg: 'EdDSA', key: privateKey, publicKey }
}

export function publicJwk({ publicKey, kid, alg }: SigningKey): Json {
  return { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }
}

export function base64Url(text: string): string {
  return Buffer.from(text).toString('base64url')
}

/** Signs any header and payload, as text or JSON: also what no library would. */
export function signRaw(header: string | Json, payload: string | Json, key: SigningKey): string {
  const asText = (part: string | Json) => (typeof part === 'string' ? part : JSON.stringify(part))
  const input = `${base64Url(asText(header))}.${base64Url(asText(payload))}`
  const options: SignKeyObjectInput = { key: key.key, dsaEncoding: 'ieee-p1363' }
  const hash = key.alg === 'EdDSA' ? undefined : 'sha256'
  return `${input}.${signBytes(hash, Buffer.from(input), options).toString('base64url')}`
}

export type TestIssuer = {
  readonly url: string
  readonly keys: SigningKey[]
  /** Paths that were asked for, in order. */
  readonly requests: string[]
  /** Answers instead of the issuer where it returns true. */
  intercept: ((...parameters: Parameters<RequestListener>) => boolean) | undefined
  claims(more?: Json): Json
  /** A good token, but for what is given. */
  token(claims?: Json, header?: Json, key?: SigningKey): string
  stop(): Promise<void>
}

export async function startIssuer(
  options: { keys?: SigningKey[]; port?: number; tls?: { cert: string; key: string } } = {},
): Promise<TestIssuer> {
  const keys = options.keys ?? [rsaKey('one')]
  const requests: string[] = []
  const listener: RequestListener = (request, response) => {
    requests.push(request.url ?? '')
    if (issuer.intercept?.(request, response) === true) return
    response.setHeader('content-type', 'application/json')
    switch (request.url) {
      case '/.well-known/openid-configuration':
        response.end(JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` }))
        return
      case '/jwks':
        response.end(JSON.stringify({ keys: keys.map(publicJwk) }))
        return
      default:
        response.writeHead(404).end()
    }
  }
  const server =
    options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener)
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const address = server.address()
  if (!isAddressInfo(address)) throw new Error('no port')
  const scheme = options.tls === undefined ? 'http' : 'https'
  const issuer: TestIssuer = {
    url: `${scheme}://127.0.0.1:${address.port}`,
    keys,
    requests,
    intercept: undefined,
    claims: (more) => ({
      iss: issuer.url,
      sub: 'nightly-train',
      aud: 'gatetrail',
      iat: nowSeconds - 10,
      exp: nowSeconds + 300,
      ...more,
    }),
    token(claims, header, key = keys[0]) {
      if (key === undefined) throw new Error('no key')
      return signRaw(
        { alg: key.alg, typ: 'JWT', kid: key.kid, ...header },
        issuer.claims(claims),
        key,
      )
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return issuer
}

function isAddressInfo(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null
}

/** The identity section with these issuers, as the configuration file would give it. */
export function identityOf(...issuers: IssuerInput[]): Configuration['identity'] {
  return configurationSchema.shape.identity.parse({
    issuers: issuers.map((issuer) => ({
      name: 'ci',
      audience: 'gatetrail',
      principals: [{ kind: 'ci_job' }],
      ...issuer,
    })),
  })
}

export const silent: Logger = pino({ level: 'silent' })

export function authenticatorOf(
  issuers: readonly IssuerInput[],
  options: Partial<AuthenticatorOptions> = {},
): Authenticator {
  return createAuthenticator(identityOf(...issuers), {
    baseDirectory: '/',
    log: silent,
    ...options,
  })
}

/** The code with which a promise rejects, or `accepted`. */
export async function outcomeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt
    return 'accepted'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : `bug: ${String(error)}`
  }
}
