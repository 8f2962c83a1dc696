import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Authenticator } from './authenticator.ts'
import {
  authenticatorOf,
  nowMs,
  outcomeOf,
  publicJwk,
  rsaKey,
  startIssuer,
  type IssuerInput,
  type SigningKey,
  type TestIssuer,
} from './testing/issuer.ts'

const first = rsaKey('first')
const second = rsaKey('second')
const third = rsaKey('third')
const fourth = rsaKey('fourth')

let issuer: TestIssuer
let authenticator: Authenticator
let clockMs = 0

function start(input: IssuerInput = {}): void {
  authenticator = authenticatorOf([{ issuer: issuer.url, ...input }], {
    monotonicMs: () => clockMs,
  })
}

const outcome = (token: string) => outcomeOf(authenticator.verify(token, nowMs))
const fetches = () => issuer.requests.filter((path) => path === '/jwks').length

beforeEach(async () => {
  clockMs = 1_000_000
  issuer = await startIssuer({ keys: [first] })
  start()
})
afterEach(async () => {
  await authenticator.close()
  await issuer.stop()
})

describe('rotation', () => {
  it('is transparent: a token of a new key is accepted at once', async () => {
    expect(await outcome(issuer.token())).toBe('accepted')
    issuer.keys.push(second)
    expect(await outcome(issuer.token({}, {}, second))).toBe('accepted')
    expect(fetches()).toBe(2)
  })

  it('an unknown kid fetches at most every 30 s, whoever sends it', async () => {
    for (let index = 0; index < 20; index++) {
      expect(await outcome(issuer.token({}, { kid: `made-up-${index}` }))).toBe('TOKEN_KEY_UNKNOWN')
    }
    expect(fetches()).toBe(2)
    clockMs += 29_999
    issuer.keys.push(second)
    expect(await outcome(issuer.token({}, {}, second))).toBe('TOKEN_KEY_UNKNOWN')
    clockMs += 1
    expect(await outcome(issuer.token({}, {}, second))).toBe('accepted')
    expect(fetches()).toBe(3)
  })

  it('many callers at the same time cause one fetch', async () => {
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcome(issuer.token())))
    expect(new Set(outcomes)).toEqual(new Set(['accepted']))
    expect(fetches()).toBe(1)
    issuer.keys.push(second)
    const rotated = await Promise.all(
      Array.from({ length: 50 }, () => outcome(issuer.token({}, {}, second))),
    )
    expect(new Set(rotated)).toEqual(new Set(['accepted']))
    expect(fetches()).toBe(2)
  })

  it('a withdrawn key is gone after 5 minutes', async () => {
    expect(await outcome(issuer.token())).toBe('accepted')
    const old = issuer.token()
    issuer.keys.splice(0, 1, second)
    clockMs += 300_000
    await outcome(old)
    await expect.poll(() => fetches()).toBe(2)
    await expect.poll(() => outcome(old)).toBe('TOKEN_KEY_UNKNOWN')
    expect(await outcome(issuer.token())).toBe('accepted')
  })

  it('two keys with one kid are no key', async () => {
    issuer.keys.push({ ...third, kid: first.kid })
    expect(await outcome(issuer.token())).toBe('TOKEN_KEY_UNKNOWN')
  })
})

describe('an outage', () => {
  it('is bridged for 10 minutes, then nobody gets in, and then everybody again', async () => {
    expect(await outcome(issuer.token())).toBe('accepted')
    issuer.intercept = (_, response) => {
      response.writeHead(503).end()
      return true
    }
    clockMs += 599_999
    expect(await outcome(issuer.token())).toBe('accepted')
    expect(await outcome(issuer.token({}, {}, second))).toBe('ISSUER_UNAVAILABLE')
    clockMs += 1
    expect(await outcome(issuer.token())).toBe('ISSUER_UNAVAILABLE')
    issuer.intercept = undefined
    clockMs += 1_000
    expect(await outcome(issuer.token())).toBe('accepted')
  })

  it('from the start is an error that names the issuer, and ends by itself', async () => {
    issuer.intercept = (_, response) => {
      response.destroy()
      return true
    }
    await expect(authenticator.verify(issuer.token(), nowMs)).rejects.toMatchObject({
      code: 'ISSUER_UNAVAILABLE',
    })
    const asked = issuer.requests.length
    expect(await outcome(issuer.token())).toBe('ISSUER_UNAVAILABLE')
    expect(issuer.requests.length).toBe(asked)
    issuer.intercept = undefined
    clockMs += 1_000
    expect(await outcome(issuer.token())).toBe('accepted')
  })

  it.each([
    ['is no JSON', '<html>'],
    ['is no JWKS', '{"keys":{}}'],
    ['has too many keys', JSON.stringify({ keys: Array.from({ length: 101 }, () => ({})) })],
    ['is too large', JSON.stringify({ keys: [], pad: 'x'.repeat(256 * 1024) })],
  ])('a key document that %s counts as none', async (_, body) => {
    issuer.intercept = (request, response) => {
      if (request.url !== '/jwks') return false
      response.end(body)
      return true
    }
    expect(await outcome(issuer.token())).toBe('ISSUER_UNAVAILABLE')
  })

  it('private and symmetric keys in a key document are no keys', async () => {
    issuer.intercept = (request, response) => {
      if (request.url !== '/jwks') return false
      const symmetric = { kty: 'oct', k: 'c2VjcmV0', kid: first.kid, alg: 'RS256' }
      response.end(JSON.stringify({ keys: [symmetric, { ...publicJwk(second), d: 'AQAB' }] }))
      return true
    }
    expect(await outcome(issuer.token())).toBe('TOKEN_KEY_UNKNOWN')
    expect(await outcome(issuer.token({}, {}, second))).toBe('accepted')
  })
})

describe('discovery', () => {
  it.each([
    [
      'of another issuer',
      (url: string) => ({ issuer: 'https://evil.example.com', jwks_uri: `${url}/jwks` }),
    ],
    [
      'of the issuer with another slash',
      (url: string) => ({ issuer: `${url}/`, jwks_uri: `${url}/jwks` }),
    ],
    ['without an issuer', (url: string) => ({ jwks_uri: `${url}/jwks` })],
  ])('a document %s is refused', async (_, document) => {
    issuer.intercept = (request, response) => {
      if (request.url === '/jwks') return false
      response.end(JSON.stringify(document(issuer.url)))
      return true
    }
    expect(await outcome(issuer.token())).toBe('ISSUER_UNAVAILABLE')
    expect(fetches()).toBe(0)
  })

  it('a configured jwksUri is asked instead', async () => {
    await authenticator.close()
    start({ jwksUri: `${issuer.url}/jwks` })
    expect(await outcome(issuer.token())).toBe('accepted')
    expect(issuer.requests).toEqual(['/jwks'])
  })
})

describe('jwksFile', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gatetrail-jwks-'))
    await authenticator.close()
    authenticator = authenticatorOf([{ issuer: 'https://ci.example.com', jwksFile: 'keys.json' }], {
      baseDirectory: directory,
      monotonicMs: () => clockMs,
    })
  })
  afterEach(() => rm(directory, { recursive: true }))

  const write = (...shown: SigningKey[]) =>
    writeFile(join(directory, 'keys.json'), JSON.stringify({ keys: shown.map(publicJwk) }))
  const token = (key: SigningKey) => issuer.token({ iss: 'https://ci.example.com' }, {}, key)

  it('is read again when it changes, and asks nobody', async () => {
    await write(first)
    expect(await outcome(token(first))).toBe('accepted')
    await write(fourth)
    expect(await outcome(token(fourth))).toBe('accepted')
    expect(await outcome(token(first))).toBe('TOKEN_KEY_UNKNOWN')
    expect(issuer.requests).toEqual([])
  })

  it('that breaks serves its last keys for 10 minutes, then fails closed', async () => {
    expect(await outcome(token(first))).toBe('ISSUER_UNAVAILABLE')
    await write(first)
    expect(await outcome(token(first))).toBe('accepted')
    await writeFile(join(directory, 'keys.json'), '{"keys":[')
    clockMs += 599_999
    expect(await outcome(token(first))).toBe('accepted')
    await rename(join(directory, 'keys.json'), join(directory, 'away.json'))
    clockMs += 1
    expect(await outcome(token(first))).toBe('ISSUER_UNAVAILABLE')
    await write(second)
    expect(await outcome(token(second))).toBe('accepted')
  })
})
