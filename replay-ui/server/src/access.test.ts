/** Who gets in: every route and every way of showing who one is, over real HTTP, with a real store and a real OIDC provider. */
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { createSessionStamp, openControlPublisher } from '@gatetrail/eventlog'
import { configurationSchema, GatetrailError, type Principal } from '@gatetrail/schemas'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startReplay, type ReplayServer } from './start-replay.ts'
import { Browser } from './testing/browser.ts'
import { freePort } from './testing/free-port.ts'
import { clientSecret, startTestIssuer, type TestIssuer } from './testing/start-test-issuer.ts'
import { openTestStore } from './testing/open-test-store.ts'

const localToken = 'local-token-of-the-test'
const reads: unknown[] = []
let journalFails = false
let directory: string
let read: ClickHouseClient
let provider: TestIssuer
let replay: ReplayServer
let control: Awaited<ReturnType<typeof openControlPublisher>>
let base: string
let published: Awaited<ReturnType<typeof openApi>>

const person = (groups: string[]): Principal => ({
  kind: 'human',
  issuer: 'corp',
  subject: 'kim',
  groups,
})
const callers: Record<string, Principal> = {
  auditor: person(['auditors']),
  approver: person(['dba']),
  admin: person(['platform']),
  nobody: person(['others']),
  mallory: { ...person(['platform']), subject: 'mallory' },
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-access-'))
  await mkdir(join(directory, 'web', 'assets'), { recursive: true })
  await writeFile(join(directory, 'web', 'index.html'), '<!doctype html><title>Gatetrail</title>')
  await writeFile(join(directory, 'web', 'assets', 'app-1.js'), 'export {}')
  read = await openTestStore(join(directory, 'chdb'))
  control = await openControlPublisher({
    trustedKeys: [],
    keysDirectory: join(directory, 'keys'),
    directory: join(directory, 'control'),
    log: pino({ level: 'silent' }),
  })
  const replayPort = await freePort()
  base = `http://127.0.0.1:${replayPort}`
  provider = await startTestIssuer(base)
  provider.account.groups = ['auditors', 'ignored']
  replay = await startReplay({
    configuration: configurationSchema.parse({
      listen: { replay: `127.0.0.1:${replayPort}` },
      identity: {
        issuers: [
          {
            name: 'corp',
            issuer: provider.issuer,
            audience: 'gatetrail',
            groups: { allow: ['auditors'] },
            principals: [{ kind: 'human' }],
          },
        ],
      },
      web: {
        login: { issuer: 'corp', clientId: 'web', clientSecret: { env: 'X' } },
        roles: { auditor: ['auditors'], approver: ['dba'], admin: ['platform'] },
      },
      connections: [
        {
          name: 'orders',
          protocol: 'postgres',
          address: '127.0.0.1:5432',
          database: 'orders',
          credential: { user: 'app' },
        },
      ],
      policies: ['*.cedar'],
    }),
    read,
    journal: {
      writer: '',
      system: createSessionStamp(),
      appendSystem: (_kind, body) => void reads.push(body),
      afterWrite: (_stamp, _what, callback) =>
        void setImmediate(
          callback,
          journalFails ? new GatetrailError('JOURNAL_UNWRITABLE', 'the disk is full') : undefined,
        ),
    },
    journalDirectory: join(directory, 'journal'),
    keysDirectory: join(directory, 'keys'),
    webRoot: join(directory, 'web'),
    control,
    ingest: {
      status: () => ({ lagMs: 0 }),
      idle: () => Promise.resolve(),
      rebuild: () => Promise.resolve({ records: 0 }),
      redrive: () => Promise.resolve({ taken: 0, returned: 0 }),
    },
    fingerprintKeys: [{ id: 'test', key: new Uint8Array(32) }],
    localToken,
    loginClientSecret: clientSecret,
    authenticator: {
      verify: (token) => {
        const principal = callers[token]
        if (principal === undefined)
          return Promise.reject(new GatetrailError('TOKEN_EXPIRED', 'the token has expired'))
        return Promise.resolve({ principal, expiresAt: 2 ** 31 })
      },
    },
    log: pino({ level: 'silent' }),
  })
  published = await openApi()
})

afterAll(async () => {
  await replay?.close()
  await control?.log.close()
  await provider?.close()
  await read?.close()
  await rm(directory, { recursive: true, force: true })
})

async function openApi(): Promise<{ paths: Record<string, Record<string, unknown>> }> {
  return JSON.parse(await (await fetch(`${base}/api/openapi.json`)).text())
}

const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

async function code(path: string, init?: RequestInit): Promise<string> {
  const response = await fetch(base + path, init)
  const text = await response.text()
  const error: unknown = response.ok ? undefined : JSON.parse(text).error?.code
  return `${response.status}${typeof error === 'string' ? ` ${error}` : ''}`
}

describe('revocations', () => {
  const target = { type: 'subject', issuer: 'corp', subject: 'eve' }
  const post = (token: string, path: string, body: object): RequestInit & { url: string } => ({
    url: path,
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const asked = ({ url, ...init }: ReturnType<typeof post>) => code(url, init)
  const revoke = (token: string, body: object = {}) =>
    post(token, '/api/revocations', { target, reason: 'left', ...body })
  const held = () => [...control.log.objects()]

  it('are published by an admin only', async () => {
    for (const caller of ['auditor', 'approver', 'nobody'])
      expect(await asked(revoke(caller))).toBe('403 API_FORBIDDEN')
    expect(held()).toEqual([])
    expect(await asked(revoke('admin'))).toBe('201')
    expect(held().map(({ body }) => body)).toMatchObject([
      { kind: 'revocation', action: 'revoke', target, reason: 'left', by: 'corp#kim' },
    ])
    expect(await code('/api/revocations', as('auditor'))).toBe('200')
    expect(await code('/api/revocations', as('approver'))).toBe('403 API_FORBIDDEN')
  })

  it('are on record before they take effect, and take none where they cannot be', async () => {
    const before = held().length
    reads.length = 0
    journalFails = true
    expect(await asked(revoke('admin'))).toBe('503 JOURNAL_UNWRITABLE')
    expect(held()).toHaveLength(before)
    journalFails = false
    const seen: number[] = []
    const stop = control.log.onChange(() => seen.push(reads.length))
    reads.length = 0
    expect(await asked(revoke('admin', { reason: 'card 078-05-1120 and more' }))).toBe('201')
    stop()
    expect(seen).toEqual([1])
    expect(reads).toMatchObject([
      { who: 'corp#kim', version: 1, summary: expect.stringMatching(/^revoke subject corp#eve/) },
    ])
    expect(JSON.stringify([reads, held()])).not.toContain('078-05-1120')
  })

  it('are about callers of the API, too: a revoked admin can lift nothing', async () => {
    const revoked = { target: { ...target, subject: 'mallory' } }
    expect(await code('/api/revocations', as('mallory'))).toBe('200')
    const { url, ...init } = revoke('admin', revoked)
    const answer = (await (await fetch(base + url, init)).json()) as { revocation: { id: string } }
    expect(await code('/api/revocations', as('mallory'))).toBe('403 SESSION_REVOKED')
    const lift = `/api/revocations/${answer.revocation.id.replace('revocation/', '')}/lift`
    expect(await asked(post('mallory', lift, { reason: 'me' }))).toBe('403 SESSION_REVOKED')
    expect(await asked(post('admin', lift, { reason: 'back' }))).toBe('200')
    expect(await code('/api/revocations', as('mallory'))).toBe('200')
  })

  it('of a typing error, an unknown action or for ever are refused', async () => {
    const before = held().length
    const wrong: object[] = [
      { target: { ...target, issuer: 'crop' } },
      { target: { type: 'session', session: 'x' } },
      { target: { type: 'everybody' } },
      { target: { ...target, more: true } },
      { action: 'pardon' },
      { reason: '  ' },
      { reason: 'x'.repeat(501) },
      { forSeconds: 366 * 86_400 },
      { forSeconds: 0 },
      { action: 'kill', forSeconds: 60 },
    ]
    for (const body of wrong)
      expect([body, await asked(revoke('admin', body))]).toEqual([body, '400 REQUEST_INVALID'])
    expect(held()).toHaveLength(before)
  })

  it('are lifted by a later version, once', async () => {
    const id = crypto.randomUUID()
    const lift = (name: string) =>
      post('admin', `/api/revocations/${name}/lift`, { reason: 'back' })
    expect(await asked(lift(id))).toBe('404 NOT_FOUND')
    const { url, ...init } = revoke(localToken, { action: 'revoke', forSeconds: 60 })
    const answer = (await (await fetch(base + url, init)).json()) as { revocation: { id: string } }
    const name = answer.revocation.id.replace('revocation/', '')
    expect(control.log.get(answer.revocation.id)?.body).toMatchObject({ by: 'local' })
    expect(await asked({ ...lift(name), ...as('auditor') })).toBe('403 API_FORBIDDEN')
    expect(await asked(lift(name))).toBe('200')
    expect(control.log.get(answer.revocation.id)).toMatchObject({
      version: 2,
      body: { kind: 'revocation_lifted', target, reason: 'back' },
    })
    expect(await asked(lift(name))).toBe('400 REQUEST_INVALID')
  })
})

describe('access', () => {
  it('is closed on every route of the API but those of the sign-in', async () => {
    const open: string[] = []
    for (const [path, methods] of Object.entries(published.paths)) {
      const url = path.replace('{session}', crypto.randomUUID()).replace('{seq}', '1')
      for (const method of Object.keys(methods)) {
        const response = await fetch(base + url, {
          method: method.toUpperCase(),
          redirect: 'manual',
        })
        if (response.status === 401)
          expect(await response.json()).toMatchObject({ error: { code: 'API_UNAUTHENTICATED' } })
        else open.push(path)
      }
    }
    expect(open.sort()).toEqual([
      '/api/login',
      '/api/login/callback',
      '/api/login/link',
      '/api/login/methods',
    ])
  })

  it('follows the role', async () => {
    const pii = '/api/pii?on=2026-03-12'
    const rebuild = { method: 'POST' }
    expect(await code(pii, as('auditor'))).toBe('200')
    expect(await code(pii, as('admin'))).toBe('200')
    expect(await code(pii, as('approver'))).toBe('403 API_FORBIDDEN')
    expect(await code(pii, as('nobody'))).toBe('403 API_FORBIDDEN')
    expect(await code('/api/status', as('approver'))).toBe('200')
    expect(await code('/api/me', as('nobody'))).toBe('200')
    expect(await code('/api/ingest/rebuild', { ...rebuild, ...as('auditor') })).toBe(
      '403 API_FORBIDDEN',
    )
    expect(await code('/api/ingest/rebuild', { ...rebuild, ...as(localToken) })).toBe('200')
    expect(await code(pii, as('expired'))).toBe('401 TOKEN_EXPIRED')
    expect(await code(pii, { headers: { authorization: 'Basic YTpi' } })).toBe(
      '401 API_UNAUTHENTICATED',
    )
  })

  it('answers nothing whose read could not be put on record', async () => {
    reads.length = 0
    journalFails = true
    expect(await code('/api/pii?on=2026-03-12', as('auditor'))).toBe('503 JOURNAL_UNWRITABLE')
    journalFails = false
    expect(reads).toMatchObject([{ who: 'corp#kim', role: 'auditor', question: 'pii', rows: 0 }])
  })

  it('is refused under a name that is not ours', async () => {
    const status = (host: string) =>
      new Promise((resolve, reject) => {
        httpRequest(`${base}/api/me`, { headers: { host, ...as('auditor').headers } }, (response) => {
          response.resume()
          resolve(response.statusCode)
        }).on('error', reject).end()
      }) // prettier-ignore
    expect(await status('evil.example.com')).toBe(400)
    expect(await status(new URL(base).host)).toBe(200)
    expect(await status('localhost:1')).toBe(200)
  })

  it('carries the headers that keep a page from doing harm', async () => {
    for (const path of ['/', '/api/me', '/assets/app-1.js', '/sessions/1']) {
      const { headers } = await fetch(base + path, as('auditor'))
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'/,
      )
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
    }
    expect((await fetch(`${base}/api/me`, as('auditor'))).headers.get('cache-control')).toBe(
      'no-store',
    )
    expect((await fetch(`${base}/assets/app-1.js`)).headers.get('cache-control')).toContain(
      'immutable',
    )
  })

  it('opens the web app for its own pages only', async () => {
    expect(await (await fetch(`${base}/sessions/abc?at=3`)).text()).toContain('<title>Gatetrail')
    expect(await code('/api/nothing')).toBe('404 NOT_FOUND')
    expect(await code('/assets/nothing.js')).toBe('404 NOT_FOUND')
    expect(await code('/assets/..%2f..%2f..%2fetc%2fpasswd')).toMatch(/^40[034]/)
    expect(await code('/healthz')).toBe('200')
  })
})

describe('signing in', () => {
  it('by the issuer gives a session with the groups that count, and signing out ends it', async () => {
    const browser = new Browser()
    const page = await browser.open(`${base}/api/login?returnTo=/sessions`)
    expect(page.url).toBe(`${base}/sessions`)
    const me: unknown = await (await browser.send(`${base}/api/me`)).json()
    expect(me).toMatchObject({
      name: 'corp#kim',
      groups: ['auditors'],
      roles: ['auditor'],
      way: 'session',
    })
    const cookie = browser.setCookies.find((line) => line.startsWith('gatetrail-session='))
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Strict/)
    expect((await browser.send(`${base}/api/pii?on=2026-03-12`)).status).toBe(200)

    const logout = { method: 'POST' }
    const page1 = await browser.send(`${base}/api/logout`, {
      ...logout,
      headers: { origin: 'https://evil.example.com', 'x-gatetrail-request': '1' },
    })
    expect(page1.status).toBe(403)
    expect(
      (await browser.send(`${base}/api/logout`, { ...logout, headers: { origin: base } })).status,
    ).toBe(403)
    const kept = new Map(browser.cookies.get(new URL(base).host))
    expect(
      (
        await browser.send(`${base}/api/logout`, {
          ...logout,
          headers: { origin: base, 'x-gatetrail-request': '1' },
        })
      ).status,
    ).toBe(200)
    expect((await browser.send(`${base}/api/me`)).status).toBe(401)
    browser.cookies.set(new URL(base).host, kept)
    expect((await browser.send(`${base}/api/me`)).status).toBe(401)
  })

  it('cannot be completed by another browser, nor twice, nor without its state', async () => {
    const browser = new Browser()
    const begun = await browser.send(`${base}/api/login`)
    let url = begun.headers.get('location') ?? ''
    while (!url.startsWith(base)) {
      const response = await browser.send(url)
      url = new URL(response.headers.get('location') ?? '', url).href
    }
    const failed = `/?signin=failed`
    expect((await new Browser().send(url)).headers.get('location')).toBe(failed)
    const forged = new URL(url)
    forged.searchParams.set('state', 'other')
    expect((await browser.send(forged.href)).headers.get('location')).toBe(failed)
    expect((await browser.send(url)).headers.get('location')).toBe(failed)
  })

  it('never sends the browser to another site', async () => {
    for (const elsewhere of [
      '//evil.example.com',
      'https://evil.example.com',
      '/\\evil.example.com',
      '/api/logout',
    ]) {
      const browser = new Browser()
      const page = await browser.open(`${base}/api/login?returnTo=${encodeURIComponent(elsewhere)}`)
      expect(page.url).toBe(`${base}/`)
    }
  })

  it('is limited per address', async () => {
    const statuses: number[] = []
    for (let attempt = 0; attempt < 40; attempt++) {
      statuses.push((await fetch(`${base}/api/login`, { redirect: 'manual' })).status)
    }
    expect(statuses.at(-1)).toBe(429)
    // A person sees a page that says so, not an answer for scripts.
    const page = await fetch(`${base}/api/login`, {
      redirect: 'manual',
      headers: { accept: 'text/html,application/xhtml+xml' },
    })
    expect([page.status, page.headers.get('location')]).toEqual([302, '/?signin=busy'])
  })

  it('limits failed tokens too', async () => {
    let last = ''
    for (let attempt = 0; attempt < 70; attempt++)
      last = await code('/api/me', as(`wrong-${attempt}`))
    expect(last).toBe('429 API_UNAUTHENTICATED')
    // The owner of this machine is not shut out by who fails on it.
    expect(await code('/api/me', as(localToken))).toBe('200')
  })
})
