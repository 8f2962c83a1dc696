/** PostgreSQL 18's own psql signs in by OAuth: libpq's device flow against an HTTPS issuer, SASL OAUTHBEARER to the proxy. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { startDeviceIssuer, type DeviceIssuer } from './harness/device-issuer.ts'
import { issuerUrl } from './harness/issuer.ts'
import { newestPostgresClient } from './harness/nightly.ts'
import { createPlatform, readAllFiles, type Platform } from './harness/platform.ts'
import { freePorts } from './harness/ports.ts'
import { runProcess, type Finished } from './harness/run-process.ts'
import { fillShop, taggedColumns } from './harness/shop.ts'
import { untilRunning } from './harness/until-running.ts'

const client = newestPostgresClient()

describe.skipIf(client === undefined)('psql of PostgreSQL 18', () => {
  let platform: Platform
  let issuer: DeviceIssuer
  let tokenClaims: Record<string, unknown> = {}
  const tokens: string[] = []

  beforeAll(async () => {
    platform = await createPlatform({
      columns: taggedColumns,
      prepare: async (target) => {
        await fillShop(target, 20)
      },
    })
    const [port = 0] = await freePorts(1)
    issuer = await startDeviceIssuer(platform.directory, port, platform.issuer, async (url) => {
      const claims = { iss: url, kind: 'person', ...tokenClaims }
      const token = await platform.issuer.token('dana', ['readers'], claims)
      tokens.push(token)
      return token
    })
    const text = await readFile(platform.configurationFile, 'utf8')
    await writeFile(
      platform.configurationFile,
      text.replace(issuerUrl, issuer.url).replace(/\n *"jwksFile": "jwks.json",/, ''),
    )
    // The proxy asks the issuer for its keys.
    process.env['NODE_EXTRA_CA_CERTS'] = issuer.certificateFile
    await platform.start()
  })
  afterAll(async () => {
    delete process.env['NODE_EXTRA_CA_CERTS']
    await issuer?.close()
    await platform?.close()
  })

  const psql = (
    sql: string,
    settings: Record<string, string> = {},
    onStart?: (pid: number) => void,
  ): Promise<Finished> => {
    onTestFailed(async () => console.log(await platform.logs()))
    const parameters = {
      ...{ host: '127.0.0.1', port: platform.ports.postgres, dbname: 'orders', user: 'oauth' },
      ...{ sslmode: 'require', oauth_issuer: issuer.url, oauth_client_id: 'psql', ...settings },
    }
    const text = Object.entries(parameters).map(([name, value]) => `${name}='${value}'`)
    return runProcess(join(client ?? '', 'bin', 'psql'), ['-XAt', text.join(' '), '-c', sql], {
      // UNSAFE: libpq takes another authority than the system's only then.
      env: { PGOAUTHDEBUG: 'UNSAFE', PGOAUTHCAFILE: issuer.certificateFile, PSQLRC: '/dev/null' },
      ...(onStart === undefined ? {} : { onStart }),
    })
  }

  test('finds the issuer through us, gets a token there, and is in', async () => {
    issuer.requests.length = 0
    const { code, stdout, stderr } = await psql('select 41 + 1')
    expect([stdout.trim(), code]).toEqual(['42', 0])
    expect(stderr).toContain('GATE-TRAIL')
    expect(issuer.requests).toEqual(expect.arrayContaining(['/device', '/token']))
    expect(issuer.scopes.at(-1)).toBe('openid')
  })

  test.each([
    ['protocol 3.2 over TLS at once', { max_protocol_version: '3.2', sslnegotiation: 'direct' }],
    ['protocol 3.0', { max_protocol_version: '3.0' }],
    ['the address of discovery given', { oauth_issuer: 'discovery' }],
  ])('is in with %s', async (_, settings: Record<string, string>) => {
    const given =
      settings['oauth_issuer'] === undefined
        ? settings
        : { oauth_issuer: `${issuer.url}/.well-known/openid-configuration` }
    const { stdout } = await psql('select 41 + 1', given)
    expect(stdout.trim()).toBe('42')
  })

  test('is told why its token is refused', async () => {
    tokenClaims = { aud: 'somebody else' }
    const { code, stderr } = await psql('select 1')
    tokenClaims = {}
    expect(code).not.toBe(0)
    expect(stderr).toContain('TOKEN_AUDIENCE_MISMATCH')
  })

  test('cancels its statement with a key of 32 bytes', async () => {
    tokenClaims = { groups: ['everything'] }
    const startedAt = performance.now()
    const { stderr } = await psql('select pg_sleep(30)', { max_protocol_version: '3.2' }, (pid) => {
      void untilRunning(platform.target, 'select pg_sleep(30)').then(() =>
        process.kill(pid, 'SIGINT'),
      )
    })
    tokenClaims = {}
    expect(stderr).toContain('canceling statement due to user request')
    expect(performance.now() - startedAt).toBeLessThan(25_000)
  })

  test('is on record by name, and no file of the platform holds its token', async () => {
    await platform.settle()
    const sessions = await platform.cliJson<{ requestedUser: string; principal: object }>([
      'sessions',
    ])
    expect(sessions).toHaveLength(5)
    for (const { requestedUser, principal } of sessions) {
      expect(requestedUser).toBe('oauth')
      expect(principal).toMatchObject({ subject: 'dana', kind: 'human' })
    }
    const files = await readAllFiles(platform.dataDirectory)
    // The signature is what makes a token one.
    const signatures = tokens.map((token) => token.split('.')[2] ?? '')
    for (const [path, bytes] of files) {
      for (const signature of signatures) expect([path, bytes.includes(signature)]).toEqual([path, false]) // prettier-ignore
    }
    console.log(`${files.size} files, ${signatures.length} tokens`)
  })
})
