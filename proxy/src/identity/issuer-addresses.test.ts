import type { LookupAddress } from 'node:dns'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeSelfSigned } from '../tls/self-signed.ts'
import { addressClassOf, issuerClassOf } from './address-rule.ts'
import type { NetworkOptions } from './guarded-request.ts'
import {
  authenticatorOf,
  nowMs,
  outcomeOf,
  rsaKey,
  startIssuer,
  type IssuerInput,
  type TestIssuer,
} from './testing/issuer.ts'

const keys = [rsaKey('one')]
let issuer: TestIssuer
beforeEach(async () => {
  issuer = await startIssuer({ keys })
})
afterEach(() => issuer.stop())

async function outcome(input: IssuerInput, network: NetworkOptions = {}): Promise<string> {
  const authenticator = authenticatorOf([{ issuer: issuer.url, ...input }], { network })
  const token = issuer.token({ iss: input.issuer ?? issuer.url })
  try {
    return await outcomeOf(authenticator.verify(token, nowMs))
  } finally {
    await authenticator.close()
  }
}

const resolvesTo = (...addresses: string[]): NetworkOptions => ({
  resolveHost: (_, callback) =>
    callback(
      null,
      addresses.map((address): LookupAddress => ({
        address,
        family: address.includes(':') ? 6 : 4,
      })),
    ),
})

const refused = [
  '127.0.0.1',
  '127.255.255.254',
  '::1',
  '169.254.169.254',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fdff::1',
  '10.0.0.1',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '100.127.255.255',
  '0.0.0.0',
  '0.1.2.3',
  '::',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '224.0.0.1',
  '255.255.255.255',
  'ff02::1',
  '192.0.2.1',
]

describe('the class of an address', () => {
  it.each(refused)('%s is not public', (address) => {
    expect(addressClassOf(address)).not.toBe('public')
  })
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.0.1',
    '172.32.0.1',
    '100.63.0.1',
    '100.128.0.1',
    '192.167.1.1',
    '2606:4700::1111',
    '2a00:1450::1',
  ])('%s is public', (address) => {
    expect(addressClassOf(address)).toBe('public')
  })
  it('that cannot be read is forbidden', () => {
    for (const text of ['', 'localhost', '127.1', '0x7f.1', '1.2.3.4.5'])
      expect(addressClassOf(text)).toBe('forbidden')
  })
  it.each([
    ['http://localhost:9000', 'loopback'],
    ['http://idp.localhost', 'loopback'],
    ['http://127.0.0.1:9000', 'loopback'],
    ['http://2130706433/', 'loopback'],
    ['http://[::1]:9000', 'loopback'],
    ['https://10.1.2.3', 'private'],
    ['https://keycloak:8443/realms/acme', 'private'],
    ['https://kubernetes.default.svc', 'private'],
    ['https://kubernetes.default.svc.cluster.local', 'private'],
    ['https://sso.acme.internal.', 'private'],
    ['https://169.254.169.254', 'forbidden'],
    ['https://token.actions.githubusercontent.com', 'public'],
    ['https://localhost.example.com', 'public'],
    ['https://127.0.0.1.nip.io', 'public'],
  ])('of the issuer %s is %s', (url, expected) => {
    expect(issuerClassOf(url)).toBe(expected)
  })
})

describe('an issuer with a public name', () => {
  it.each(refused)('that resolves to %s is refused', async (address) => {
    expect(await outcome({ issuer: 'https://idp.example.com' }, resolvesTo(address))).toBe(
      'ISSUER_ADDRESS_REFUSED',
    )
  })

  it('that resolves to a public and a loopback address is refused', async () => {
    const network = resolvesTo('93.184.215.14', '127.0.0.1')
    expect(await outcome({ issuer: 'https://idp.example.com' }, network)).toBe(
      'ISSUER_ADDRESS_REFUSED',
    )
  })

  it('cannot have its keys at a loopback address', async () => {
    for (const host of ['127.0.0.1', '[::1]', '2130706433', '0x7f000001', '[::ffff:127.0.0.1]']) {
      const jwksUri = `https://${host}:${new URL(issuer.url).port}/jwks`
      expect(await outcome({ issuer: 'https://idp.example.com', jwksUri })).toBe(
        'ISSUER_ADDRESS_REFUSED',
      )
    }
    expect(issuer.requests).toEqual([])
  })

  it.each(['http://idp.example.com', 'http://127.0.0.1.nip.io'])(
    'is never asked over http: %s',
    async (url) => {
      expect(await outcome({ issuer: url }, resolvesTo('127.0.0.1'))).toBe('ISSUER_ADDRESS_REFUSED')
    },
  )
})

describe('an issuer on loopback', () => {
  const withJwksUri = (jwksUri: string) => {
    issuer.intercept = (request, response) => {
      if (request.url === '/jwks') return false
      response.end(JSON.stringify({ issuer: issuer.url, jwks_uri: jwksUri }))
      return true
    }
  }

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'https://169.254.169.254/latest/meta-data',
    'https://10.0.0.1/jwks',
    'http://idp.example.com/jwks',
    'file:///etc/passwd',
    'data:application/json,{"keys":[]}',
    'https://user:password@127.0.0.1/jwks',
    'nonsense',
  ])('cannot send us to %s for its keys', async (address) => {
    withJwksUri(address)
    expect(await outcome({})).toBe('ISSUER_ADDRESS_REFUSED')
  })

  it.each([301, 302, 307, 308])('cannot redirect us (%i)', async (status) => {
    const other = await startIssuer({ keys: issuer.keys })
    issuer.intercept = (request, response) => {
      if (request.url !== '/jwks') return false
      response.writeHead(status, { location: `${other.url}/jwks` }).end()
      return true
    }
    expect(await outcome({})).toBe('ISSUER_ADDRESS_REFUSED')
    expect(other.requests).toEqual([])
    await other.stop()
  })

  it('may be called localhost', async () => {
    const url = issuer.url.replace('127.0.0.1', 'localhost')
    expect(await outcome({ issuer: url, jwksUri: `${url}/jwks` }, resolvesTo('127.0.0.1'))).toBe(
      'accepted',
    )
  })

  it('whose name points elsewhere for the second connection is refused (DNS rebinding)', async () => {
    const url = issuer.url.replace('127.0.0.1', 'localhost')
    issuer.intercept = (request, response) => {
      response.setHeader('connection', 'close')
      if (request.url === '/jwks') return false
      response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks` }))
      return true
    }
    const answers: string[] = []
    const rebinding = (second: string): NetworkOptions => ({
      resolveHost(host, callback) {
        answers.push(answers.length === 0 ? '127.0.0.1' : second)
        resolvesTo(answers.at(-1) ?? '').resolveHost?.(host, callback)
      },
    })
    expect(await outcome({ issuer: url }, rebinding('127.0.0.1'))).toBe('accepted')
    expect(answers.length).toBe(2)
    answers.length = 0
    expect(await outcome({ issuer: url }, rebinding('10.0.0.1'))).toBe('ISSUER_ADDRESS_REFUSED')
    expect(answers).toEqual(['127.0.0.1', '10.0.0.1'])
  })

  it('with TLS must show a certificate that we trust', async () => {
    const days = 86_400_000
    const { certificatePem, keyPem } = makeSelfSigned(
      'issuer',
      { dns: [], ip: ['127.0.0.1'] },
      new Date(Date.now() - days),
      new Date(Date.now() + days),
    )
    const plain = issuer
    issuer = await startIssuer({ keys, tls: { cert: certificatePem, key: keyPem } })
    expect(await outcome({})).toBe('ISSUER_UNAVAILABLE')
    expect(await outcome({}, { ca: certificatePem })).toBe('accepted')
    await plain.stop()
  })

  it('that answers too slowly is given up', { timeout: 10_000 }, async () => {
    issuer.intercept = (_, response) => {
      response.write('{')
      const timer = setInterval(() => response.write(' '), 200)
      response.on('close', () => clearInterval(timer))
      return true
    }
    const before = performance.now()
    expect(await outcome({})).toBe('ISSUER_UNAVAILABLE')
    expect(performance.now() - before).toBeLessThan(7_000)
  })
})

describe('an issuer with a private name', () => {
  it('does not open loopback, nor link-local addresses', async () => {
    for (const address of ['127.0.0.1', '169.254.169.254']) {
      expect(await outcome({ issuer: 'https://keycloak:8443' }, resolvesTo(address))).toBe(
        'ISSUER_ADDRESS_REFUSED',
      )
    }
  })
})
