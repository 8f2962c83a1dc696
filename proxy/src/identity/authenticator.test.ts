import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authenticator } from './authenticator.ts'
import { IdentityError } from './identity-error.ts'
import {
  authenticatorOf,
  base64Url,
  ecKey,
  edKey,
  nowMs,
  nowSeconds,
  outcomeOf,
  publicJwk,
  rsaKey,
  signRaw,
  startIssuer,
  type TestIssuer,
} from './testing/issuer.ts'

const rsa = rsaKey('one')
const ec = ecKey('two')
const ed = edKey('three')
let issuer: TestIssuer
let authenticator: Authenticator

beforeAll(async () => {
  issuer = await startIssuer({ keys: [rsa, ec, ed] })
  authenticator = authenticatorOf([{ issuer: issuer.url }])
})
afterAll(async () => {
  await authenticator.close()
  await issuer.stop()
})

const outcome = (token: string, atMs = nowMs) => outcomeOf(authenticator.verify(token, atMs))
const header = { alg: 'RS256', typ: 'JWT', kid: 'one' }

describe('a good token', () => {
  it.each([rsa, ec, ed])('signed with $alg is accepted', async (key) => {
    expect(await outcome(issuer.token({}, {}, key))).toBe('accepted')
  })

  it('gives the principal, its times and only the claims that may go on record', async () => {
    const token = issuer.token({ jti: 'j1', email: 'bob@example.com', secret: 's' })
    expect(await authenticator.verify(token, nowMs)).toEqual({
      principal: { kind: 'ci_job', issuer: 'ci', subject: 'nightly-train', groups: [] },
      tokenId: 'j1',
      tokenIdSeenBefore: false,
      issuedAt: nowSeconds - 10,
      expiresAt: nowSeconds + 300,
      claims: {
        iss: issuer.url,
        sub: 'nightly-train',
        aud: 'gatetrail',
        exp: nowSeconds + 300,
        iat: nowSeconds - 10,
        jti: 'j1',
      },
      endAtExpiry: false,
    })
    expect((await authenticator.verify(token, nowMs)).tokenIdSeenBefore).toBe(true)
  })

  it('without a kid is accepted if only one key fits its algorithm', async () => {
    expect(await outcome(issuer.token({}, { kid: undefined }))).toBe('accepted')
  })
})

describe('refused by its form', () => {
  const good = () => issuer.token()
  const cases: [string, string, () => string][] = [
    ['an empty token', 'TOKEN_MISSING', () => ''],
    ['a word', 'TOKEN_MALFORMED', () => 'hello'],
    ['an oversized token', 'TOKEN_TOO_LARGE', () => issuer.token({ pad: 'x'.repeat(16_384) })],
    [
      'a JWE',
      'TOKEN_ENCRYPTED',
      () => `${base64Url('{"alg":"dir","enc":"A256GCM","zip":"DEF"}')}..a.b.c`,
    ],
    [
      'a JWE header in three parts',
      'TOKEN_ENCRYPTED',
      () => signRaw({ ...header, enc: 'A256GCM' }, issuer.claims(), rsa),
    ],
    ['a line break at the end', 'TOKEN_MALFORMED', () => `${good()}\n`],
    ['a space inside', 'TOKEN_MALFORMED', () => good().replace('.', '. ')],
    ['base64 padding', 'TOKEN_MALFORMED', () => `${good()}==`],
    [
      'the other base64 alphabet',
      'TOKEN_MALFORMED',
      () =>
        `${base64Url('{"alg":"RS256","x":"???>>>"}').replace(/[-_]/g, '/')}.${good().split('.').slice(1).join('.')}`,
    ],
    ['stray bits in the last character', 'TOKEN_MALFORMED', () => withStrayBits(good())],
    ['no signature', 'TOKEN_MALFORMED', () => good().replace(/[^.]+$/, '')],
    ['a payload that is an array', 'TOKEN_MALFORMED', () => signRaw(header, '[]', rsa)],
    [
      'a payload that is no UTF-8',
      'TOKEN_MALFORMED',
      () =>
        `${base64Url(JSON.stringify(header))}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.AAAA`,
    ],
    [
      'a duplicate member in the header',
      'TOKEN_DUPLICATE_MEMBER',
      () => signRaw('{"alg":"none","alg":"RS256","kid":"one"}', issuer.claims(), rsa),
    ],
    [
      'a duplicate member in the payload',
      'TOKEN_DUPLICATE_MEMBER',
      () => signRaw(header, JSON.stringify(issuer.claims()).replace('{', '{"sub":"dba",'), rsa),
    ],
    [
      'a duplicate member spelt with an escape',
      'TOKEN_DUPLICATE_MEMBER',
      () =>
        signRaw(header, JSON.stringify(issuer.claims()).replace('{', '{"s\\u0075b":"dba",'), rsa),
    ],
    [
      'a duplicate member deep inside',
      'TOKEN_DUPLICATE_MEMBER',
      () =>
        signRaw(
          header,
          JSON.stringify(issuer.claims({ a: [{ b: 1 }] })).replace('"b":1', '"b":1,"b":2'),
          rsa,
        ),
    ],
    [
      'nesting without end',
      'TOKEN_MALFORMED',
      () => signRaw(header, `{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`, rsa),
    ],
  ]
  it.each(cases)('%s: %s', async (_, code, token) => {
    expect(await outcome(token())).toBe(code)
  })
})

describe('refused by its header', () => {
  const algNone = () =>
    `${base64Url('{"alg":"none"}')}.${base64Url(JSON.stringify(issuer.claims()))}.`
  const hmacWithPublicKey = (format: 'pem' | 'der') => {
    const secret =
      format === 'pem'
        ? rsa.publicKey.export({ type: 'spki', format })
        : rsa.publicKey.export({ type: 'spki', format })
    const input = `${base64Url(JSON.stringify({ ...header, alg: 'HS256' }))}.${base64Url(JSON.stringify(issuer.claims()))}`
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  }
  const own = rsaKey('one')
  const cases: [string, string, () => string][] = [
    ['alg none', 'TOKEN_ALGORITHM_REFUSED', algNone],
    ['alg NonE', 'TOKEN_ALGORITHM_REFUSED', () => issuer.token({}, { alg: 'NonE' })],
    ['no alg', 'TOKEN_ALGORITHM_REFUSED', () => issuer.token({}, { alg: undefined })],
    [
      'HS256 signed with the RSA public key (CVE-2022-23541)',
      'TOKEN_ALGORITHM_REFUSED',
      () => hmacWithPublicKey('pem'),
    ],
    [
      'HS256 signed with the RSA public key in DER',
      'TOKEN_ALGORITHM_REFUSED',
      () => hmacWithPublicKey('der'),
    ],
    [
      'an algorithm outside of the default list (CVE-2022-23540)',
      'TOKEN_ALGORITHM_REFUSED',
      () => issuer.token({}, { alg: 'RS512' }),
    ],
    [
      'a key of another type than the algorithm needs',
      'TOKEN_KEY_UNKNOWN',
      () => issuer.token({}, { alg: 'ES256' }),
    ],
    [
      'a key of another algorithm of its type',
      'TOKEN_KEY_UNKNOWN',
      () => issuer.token({}, { alg: 'PS256' }),
    ],
    ['kid as a path', 'TOKEN_KEY_UNKNOWN', () => issuer.token({}, { kid: '../../../../dev/null' })],
    ['kid as SQL', 'TOKEN_KEY_UNKNOWN', () => issuer.token({}, { kid: "x' UNION SELECT 'key" })],
    [
      'kid as a URL',
      'TOKEN_KEY_UNKNOWN',
      () => issuer.token({}, { kid: 'http://127.0.0.1:1/key' }),
    ],
    ['kid as an object', 'TOKEN_HEADER_REFUSED', () => issuer.token({}, { kid: {} })],
    [
      'an embedded jwk (CVE-2018-0114)',
      'TOKEN_HEADER_REFUSED',
      () => issuer.token({}, { jwk: publicJwk(own) }, own),
    ],
    ['jku', 'TOKEN_HEADER_REFUSED', () => issuer.token({}, { jku: `${issuer.url}/jwks` }, own)],
    [
      'x5u',
      'TOKEN_HEADER_REFUSED',
      () => issuer.token({}, { x5u: 'http://169.254.169.254/' }, own),
    ],
    ['x5c', 'TOKEN_HEADER_REFUSED', () => issuer.token({}, { x5c: ['MIIB'] }, own)],
    ['crit', 'TOKEN_HEADER_REFUSED', () => issuer.token({}, { crit: ['exp'], exp: 1 })],
    ['b64 false', 'TOKEN_HEADER_REFUSED', () => issuer.token({}, { b64: false, crit: ['b64'] })],
    [
      'p2c',
      'TOKEN_HEADER_REFUSED',
      () => issuer.token({}, { alg: 'PBES2-HS256+A128KW', p2c: 2 ** 31 }),
    ],
    [
      'a token of another purpose',
      'TOKEN_HEADER_REFUSED',
      () => issuer.token({}, { typ: 'logout+jwt' }),
    ],
  ]
  it.each(cases)('%s: %s', async (_, code, token) => {
    expect(await outcome(token())).toBe(code)
  })

  it('asks no address but those of the issuer', async () => {
    expect(new Set(issuer.requests)).toEqual(
      new Set(['/.well-known/openid-configuration', '/jwks']),
    )
  })

  it('takes the algorithm that the issuer is configured with and no other', async () => {
    const strict = authenticatorOf([{ issuer: issuer.url, algorithms: ['ES256'] }])
    expect(await outcomeOf(strict.verify(issuer.token({}, {}, ec), nowMs))).toBe('accepted')
    expect(await outcomeOf(strict.verify(issuer.token(), nowMs))).toBe('TOKEN_ALGORITHM_REFUSED')
    await strict.close()
  })
})

describe('refused by its signature', () => {
  const replaceSignature = (token: string, signature: Uint8Array) =>
    token.replace(/[^.]+$/, Buffer.from(signature).toString('base64url'))
  const cases: [string, () => string][] = [
    ['a foreign key with the same kid', () => issuer.token({}, {}, rsaKey('one'))],
    [
      'another payload under a good signature',
      () => {
        const [head, , signature] = issuer.token().split('.')
        return `${head}.${base64Url(JSON.stringify(issuer.claims({ sub: 'dba' })))}.${signature}`
      },
    ],
    ['ES256 with r = s = 0', () => replaceSignature(issuer.token({}, {}, ec), new Uint8Array(64))],
    [
      'ES256 with r = s = n',
      () => {
        const order = Buffer.from(
          'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
          'hex',
        )
        return replaceSignature(issuer.token({}, {}, ec), Buffer.concat([order, order]))
      },
    ],
    [
      'ES256 in DER',
      () => replaceSignature(issuer.token({}, {}, ec), Buffer.from('3006020100020100', 'hex')),
    ],
    ['EdDSA of zeros', () => replaceSignature(issuer.token({}, {}, ed), new Uint8Array(64))],
    ['an RSA signature of zeros', () => replaceSignature(issuer.token(), new Uint8Array(256))],
  ]
  it.each(cases)('%s', async (_, token) => {
    expect(await outcome(token())).toBe('TOKEN_SIGNATURE_INVALID')
  })
})

describe('refused by its claims', () => {
  const cases: [string, string, { [claim: string]: unknown }][] = [
    ['an unknown issuer', 'TOKEN_ISSUER_UNKNOWN', { iss: 'https://evil.example.com' }],
    ['an issuer with another spelling', 'TOKEN_ISSUER_UNKNOWN', { iss: 'http://127.0.0.1/' }],
    ['no issuer', 'TOKEN_CLAIM_INVALID', { iss: undefined }],
    ['an issuer that is a list', 'TOKEN_CLAIM_INVALID', { iss: ['http://127.0.0.1'] }],
    ['another audience', 'TOKEN_AUDIENCE_MISMATCH', { aud: 'vault' }],
    ['no audience', 'TOKEN_AUDIENCE_MISMATCH', { aud: undefined }],
    ['an audience that starts alike', 'TOKEN_AUDIENCE_MISMATCH', { aud: 'gatetrail-test' }],
    ['no exp', 'TOKEN_EXPIRY_MISSING', { exp: undefined }],
    ['an exp that is text', 'TOKEN_CLAIM_INVALID', { exp: '9999999999' }],
    ['an exp beyond all dates', 'TOKEN_CLAIM_INVALID', { exp: 1e300 }],
    ['an exp 60 s ago', 'TOKEN_EXPIRED', { exp: nowSeconds - 60 }],
    ['nbf in 61 s', 'TOKEN_NOT_YET_VALID', { nbf: nowSeconds + 61 }],
    ['iat in 61 s', 'TOKEN_NOT_YET_VALID', { iat: nowSeconds + 61 }],
    ['an nbf that is text', 'TOKEN_CLAIM_INVALID', { nbf: 'now' }],
    ['an azp that is no text', 'TOKEN_CLAIM_INVALID', { azp: 7 }],
    ['a jti that is no text', 'TOKEN_CLAIM_INVALID', { jti: 7 }],
    ['no sub', 'TOKEN_CLAIM_INVALID', { sub: undefined }],
    ['a sub with a line break', 'TOKEN_CLAIM_INVALID', { sub: 'a\nb' }],
    ['a sub with NUL', 'TOKEN_CLAIM_INVALID', { sub: 'dba\0' }],
    ['a sub that turns direction', 'TOKEN_CLAIM_INVALID', { sub: 'a\u202eb' }],
    ['a sub that is an object', 'TOKEN_CLAIM_INVALID', { sub: { name: 'dba' } }],
  ]
  it.each(cases)('%s: %s', async (_, code, claims) => {
    expect(await outcome(issuer.token(claims))).toBe(code)
  })

  it.each([
    { exp: nowSeconds - 59 },
    { nbf: nowSeconds + 60 },
    { iat: nowSeconds + 60 },
    { aud: ['other', 'gatetrail'] },
    { exp: nowSeconds + 0.5 },
  ])('within tolerance: %j', async (claims) => {
    expect(await outcome(issuer.token(claims))).toBe('accepted')
  })

  it('azp: only an authorized party, and none is not one', async () => {
    const strict = authenticatorOf([{ issuer: issuer.url, authorizedParties: ['train-runner'] }])
    const azp = (party?: string) => outcomeOf(strict.verify(issuer.token({ azp: party }), nowMs))
    expect(await azp('train-runner')).toBe('accepted')
    expect(await azp('somebody')).toBe('TOKEN_AUTHORIZED_PARTY_MISMATCH')
    expect(await azp()).toBe('TOKEN_AUTHORIZED_PARTY_MISMATCH')
    await strict.close()
  })

  it('the issuer of tenant A with the audience of B', async () => {
    const other = await startIssuer({ keys: [rsaKey('one')] })
    const both = authenticatorOf([
      { name: 'a', issuer: issuer.url, audience: 'tenant-a' },
      { name: 'b', issuer: other.url, audience: 'tenant-b' },
    ])
    const attempt = (token: string) => outcomeOf(both.verify(token, nowMs))
    expect(await attempt(issuer.token({ aud: 'tenant-a' }))).toBe('accepted')
    expect(await attempt(other.token({ aud: 'tenant-b' }))).toBe('accepted')
    expect(await attempt(issuer.token({ aud: 'tenant-b' }))).toBe('TOKEN_AUDIENCE_MISMATCH')
    expect(await attempt(other.token({ iss: issuer.url, aud: 'tenant-a' }))).toBe(
      'TOKEN_SIGNATURE_INVALID',
    )
    await both.close()
    await other.stop()
  })

  it('two entries of one issuer are told apart by their audience', async () => {
    const both = authenticatorOf([
      { name: 'ci', issuer: issuer.url },
      {
        name: 'web',
        issuer: issuer.url,
        audience: 'gatetrail-web',
        principals: [{ kind: 'human' }],
      },
    ])
    const { principal } = await both.verify(issuer.token({ aud: 'gatetrail-web' }), nowMs)
    expect(principal).toMatchObject({ issuer: 'web', kind: 'human' })
    await both.close()
  })
})

describe('one use', () => {
  it('a jti is accepted once, also when it comes twice at the same time', async () => {
    const once = authenticatorOf([{ issuer: issuer.url, oneUse: true }])
    const attempt = (token: string, atMs = nowMs) => outcomeOf(once.verify(token, atMs))
    const token = issuer.token({ jti: 'once' })
    const outcomes = await Promise.all([attempt(token), attempt(token), attempt(token)])
    expect(outcomes.sort()).toEqual(['TOKEN_REPLAYED', 'TOKEN_REPLAYED', 'accepted'])
    expect(await attempt(issuer.token({ jti: 'once', exp: nowSeconds + 900 }))).toBe(
      'TOKEN_REPLAYED',
    )
    expect(await attempt(token, nowMs + 359_000)).toBe('TOKEN_REPLAYED')
    expect(await attempt(token, nowMs + 360_000)).toBe('TOKEN_EXPIRED')
    expect(await attempt(issuer.token({ jti: 'another' }))).toBe('accepted')
    expect(await attempt(issuer.token())).toBe('TOKEN_CLAIM_INVALID')
    await once.close()
  })

  it('a jti that another process has taken, or that nobody can ask for, is refused', async () => {
    const asked: string[] = []
    const answers = ['first', 'seen', 'full'] as const
    const once = authenticatorOf([{ issuer: issuer.url, oneUse: true }], {
      claimToken: (name, tokenId) => {
        asked.push(`${name} ${tokenId}`)
        return Promise.resolve(answers[asked.length - 1] ?? 'full')
      },
    })
    const attempt = (jti: string) => outcomeOf(once.verify(issuer.token({ jti }), nowMs))
    expect(await attempt('here')).toBe('accepted')
    expect(await attempt('here')).toBe('TOKEN_REPLAYED')
    expect(await attempt('elsewhere')).toBe('TOKEN_REPLAYED')
    expect(await attempt('unknown')).toBe('TOKEN_REPLAYED')
    expect(asked).toEqual(['ci here', 'ci elsewhere', 'ci unknown'])
    await once.close()
  })

  it('a refused token is not used up', async () => {
    const once = authenticatorOf([{ issuer: issuer.url, oneUse: true }])
    const attempt = (token: string) => outcomeOf(once.verify(token, nowMs))
    expect(await attempt(issuer.token({ jti: 'x', aud: 'other' }))).toBe('TOKEN_AUDIENCE_MISMATCH')
    expect(await attempt(issuer.token({ jti: 'x' }, {}, rsaKey('one')))).toBe(
      'TOKEN_SIGNATURE_INVALID',
    )
    expect(await attempt(issuer.token({ jti: 'x' }))).toBe('accepted')
    await once.close()
  })
})

describe('errors', () => {
  it('name the configured issuer and hold nothing of the token', async () => {
    const token = issuer.token({ sub: 'canary-subject', jti: 'canary-jti', exp: 1 })
    const error: unknown = await authenticator.verify(token, nowMs).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(IdentityError)
    expect(error).toMatchObject({ code: 'TOKEN_EXPIRED', issuer: 'ci' })
    const text = JSON.stringify(error, Object.getOwnPropertyNames(error))
    expect(text).not.toMatch(/canary/)
    for (const part of token.split('.')) expect(text).not.toContain(part)
  })
})

/** The last character of a signature of 256 bytes carries four stray bits. */
function withStrayBits(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.slice(-1)) + 1]
}
