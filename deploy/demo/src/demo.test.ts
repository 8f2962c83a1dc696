import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configurationSchema } from '@gatetrail/schemas'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { prepareDemo, type PreparedDemo } from './prepare.ts'
import { requestDemoToken } from './request-token.ts'
import { connectAs } from './shop/seed.ts'
import { startDemo, type Demo } from './start-demo.ts'

const listen = {
  postgres: '127.0.0.1:15432',
  replay: '127.0.0.1:8090',
  operations: '127.0.0.1:8091',
}
const redirectUri = 'http://127.0.0.1:8090/callback'
let dataDirectory: string
let prepared: PreparedDemo
let demo: Demo

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'gatetrail-demo-test-'))
  prepared = await prepareDemo(dataDirectory, listen, ['/policies/*.cedar'])
  demo = await startDemo(prepared, [redirectUri])
})
afterAll(async () => {
  await demo.close()
  await rm(demo.postgresDirectory, { recursive: true, force: true })
  await rm(dataDirectory, { recursive: true, force: true })
})

async function asApplication(sql: string): Promise<Record<string, unknown>[]> {
  const password = await readFile(prepared.paths.applicationPassword, 'utf8')
  const client = connectAs(prepared.ports.postgres, 'orders', 'app', password)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

test('the configuration that the demo writes fits the schema', async () => {
  const text = await readFile(prepared.paths.configuration, 'utf8')
  const configuration = configurationSchema.parse(parse(text))
  expect(configuration.connections[0]?.columns['public.customers.ssn']).toBe('US_SSN')
  expect((await stat(prepared.paths.configuration)).mode & 0o777).toBe(0o600)
})

test('the shop has the same invented customers every time, and the application is no superuser', async () => {
  const [customer] = await asApplication('select name, ssn from customers where id = 1')
  expect(customer).toEqual({
    name: expect.any(String),
    ssn: expect.stringMatching(/^\d{3}-\d\d-\d{4}$/),
  })
  const [counts] = await asApplication(
    `select (select count(*)::int from customers) as customers, (select count(*)::int from orders) as orders,
            (select rolsuper from pg_roles where rolname = current_user) as superuser,
            (select count(*)::int from pg_database d join pg_roles r on r.oid = d.datdba where r.rolname = 'app') as owned`,
  )
  expect(counts).toEqual({ customers: 2000, orders: 8000, superuser: false, owned: 2 })
})

test('a wrong password does not open the database', async () => {
  const client = connectAs(prepared.ports.postgres, 'orders', 'app', 'wrong')
  await expect(client.connect()).rejects.toMatchObject({ code: '28P01' })
})

test('a token of a workload verifies against the published keys and is a new run each time', async () => {
  const keys = createRemoteJWKSet(new URL(`${demo.issuerUrl}/jwks`))
  const options = { issuer: demo.issuerUrl, audience: 'gatetrail' }
  const first = await requestDemoToken(dataDirectory, 'nightly-train', undefined)
  const second = await requestDemoToken(dataDirectory, 'nightly-train', undefined)
  const { payload } = await jwtVerify(first.token, keys, options)
  expect(payload).toMatchObject({
    groups: ['ml-training'],
    workflow: 'nightly-train',
    repository: 'acme/train',
    run_id: first.runId,
  })
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(900)
  expect(second.runId).not.toBe(first.runId)
  const named = await requestDemoToken(dataDirectory, 'nightly-train', 'run-7')
  expect((await jwtVerify(named.token, keys, options)).payload['run_id']).toBe('run-7')
})

test('nobody gets a token without the secret of the data directory, nor for a name that the demo does not know', async () => {
  const refused = await fetch(`${demo.issuerUrl}/demo/token`, {
    method: 'POST',
    headers: { authorization: 'Bearer wrong' },
    body: JSON.stringify({ name: 'dba' }),
  })
  expect(refused.status).toBe(401)
  await expect(requestDemoToken(dataDirectory, 'mallory', undefined)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    hint: expect.stringContaining('nightly-train'),
  })
})

test('discovery names the issuer, and a person signs in with code flow and PKCE without a password or a consent page', async () => {
  const discovery = await (await fetch(`${demo.issuerUrl}/.well-known/openid-configuration`)).json()
  expect(discovery).toMatchObject({ issuer: demo.issuerUrl })
  const browser = createBrowser()
  const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' // RFC 7636, appendix B
  const query = new URLSearchParams({
    client_id: 'gatetrail-web',
    response_type: 'code',
    scope: 'openid',
    redirect_uri: redirectUri,
    state: 'a',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
  const page = await browser.follow(`${demo.issuerUrl}/auth?${query.toString()}`)
  const html = await page.response.text()
  expect(html).toContain('no password')
  const back = await browser.follow(page.url, {
    method: 'POST',
    body: new URLSearchParams({ person: 'auditor' }),
  })
  const code = new URL(back.url).searchParams.get('code') ?? ''
  expect(back.url.startsWith(redirectUri)).toBe(true)
  const secret = await readFile(prepared.paths.webClientSecret, 'utf8')
  const answer = await fetch(`${demo.issuerUrl}/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`gatetrail-web:${secret}`).toString('base64')}`,
    },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    }),
  })
  const tokens: unknown = await answer.json()
  const keys = createRemoteJWKSet(new URL(`${demo.issuerUrl}/jwks`))
  const idToken = tokenOf(tokens)
  const { payload } = await jwtVerify(idToken, keys, {
    issuer: demo.issuerUrl,
    audience: 'gatetrail-web',
  })
  expect(payload).toMatchObject({ sub: 'auditor', groups: ['auditors', 'all-staff'] })
})

test('a second start goes on with the same data, password and keys', async () => {
  await asApplication(`update products set name = 'Renamed' where id = 1`)
  const before = await requestDemoToken(dataDirectory, 'backup-agent', undefined)
  await demo.close()
  prepared = await prepareDemo(dataDirectory, listen, [])
  demo = await startDemo(prepared, [redirectUri])
  expect(demo.seeded).toBe(false)
  expect(await asApplication('select name from products where id = 1')).toEqual([
    { name: 'Renamed' },
  ])
  const keys = createRemoteJWKSet(new URL(`${demo.issuerUrl}/jwks`))
  await jwtVerify(before.token, keys, { issuer: demo.issuerUrl })
})

function tokenOf(tokens: unknown): string {
  if (typeof tokens === 'object' && tokens !== null && 'id_token' in tokens) {
    return String(tokens.id_token)
  }
  throw new Error(`no ID token: ${JSON.stringify(tokens)}`)
}

/** Follows redirects with cookies as a browser does, up to an address that is not the issuer's. */
function createBrowser() {
  const cookies = new Map<string, string>()
  const redirectsMax = 10
  return {
    async follow(start: string, options: { method?: string; body?: URLSearchParams } = {}) {
      let url = start
      let request: { method?: string; body?: URLSearchParams } = options
      for (let count = 0; count < redirectsMax; count++) {
        const response = await fetch(url, {
          ...request,
          redirect: 'manual',
          headers: { cookie: [...cookies].map(([key, value]) => `${key}=${value}`).join('; ') },
        })
        for (const line of response.headers.getSetCookie()) {
          const [pair = ''] = line.split(';')
          const equals = pair.indexOf('=')
          cookies.set(pair.slice(0, equals), pair.slice(equals + 1))
        }
        const location = response.headers.get('location')
        if (location === null) return { url, response }
        url = new URL(location, url).href
        if (!url.startsWith(demo.issuerUrl)) return { url, response }
        request = {}
      }
      throw new Error('too many redirects')
    },
  }
}
