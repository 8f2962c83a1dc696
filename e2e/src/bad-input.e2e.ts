/** What can go wrong from outside: each time a clear error in the protocol's own words, a record, and the process lives. */
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { audience, createIssuer, issuerUrl } from './harness/issuer.ts'
import { createPlatform, gatetrailCommand, type Platform } from './harness/platform.ts'
import { freePorts } from './harness/ports.ts'
import { RawPostgres, uint32, type ErrorFields } from './harness/raw-postgres.ts'
import { runProcess } from './harness/run-process.ts'
import { fillShop, taggedColumns } from './harness/shop.ts'
import { withStore } from './harness/store.ts'

let platform: Platform
let proxyPid: number | undefined

beforeAll(async () => {
  platform = await createPlatform({
    columns: taggedColumns,
    prepare: async (target) => {
      await fillShop(target, 20)
    },
  })
  await platform.start()
  proxyPid = await platform.rolePid('proxy')
})
afterAll(() => platform?.close())

const showLogs = () => onTestFailed(async () => console.log(await platform.logs()))
const good = () => platform.issuer.token('job', ['readers'], { run_id: 'bad-input' })

/** The proxy is the process that it was, and serves. */
async function assertAlive(): Promise<void> {
  expect(await platform.rolePid('proxy')).toBe(proxyPid)
  const { stdout, stderr } = await platform.psql(await good(), ['-Atc', 'select 41 + 1'])
  expect([stdout.trim(), stderr]).toEqual(['42', ''])
}

async function refusal(token: string, database = 'orders'): Promise<ErrorFields | undefined> {
  const client = await RawPostgres.open(platform.ports.postgres)
  try {
    client.startup({ user: 'raw', database })
    try {
      await client.until('R')
    } catch (error) {
      return fieldsIn(error) // Refused before it was asked who it is.
    }
    client.message('p', `${token}\0`)
    return await client.error()
  } finally {
    client.destroy()
  }
}

/** What `until` throws for an ErrorResponse. */
function fieldsIn(error: unknown): ErrorFields {
  return JSON.parse(error instanceof Error ? error.message : '{}') as ErrorFields
}

const seconds = () => Math.floor(Date.now() / 1000)
const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const claims = () => ({
  iss: issuerUrl,
  aud: audience,
  sub: 'attacker',
  groups: ['everything'],
  kind: 'job',
  iat: seconds(),
  exp: seconds() + 600,
})

const attacks: [string, string, () => Promise<string>][] = [
  ['a text that is no token', 'TOKEN_MALFORMED', () => Promise.resolve('hunter2')],
  ['an empty password', 'TOKEN_MISSING', () => Promise.resolve('')],
  ['an expired token', 'TOKEN_EXPIRED', () =>
    platform.issuer.token('job', ['everything'], { exp: seconds() - 3600, iat: seconds() - 7200 })],
  ['a token that is not valid yet', 'TOKEN_NOT_YET_VALID', () =>
    platform.issuer.token('job', ['everything'], { nbf: seconds() + 3600 })],
  ['a token for somebody else', 'TOKEN_AUDIENCE_MISMATCH', () =>
    platform.issuer.token('job', ['everything'], { aud: 'other' })],
  ['a token without an expiry', 'TOKEN_EXPIRY_MISSING', async () => {
    const { exp: _, ...rest } = claims()
    return new SignJWT(rest)
      .setProtectedHeader({ alg: 'ES256', kid: 'e2e-1' })
      .sign(platform.issuer.privateKey)
  }],
  ['a token of another issuer', 'TOKEN_ISSUER_UNKNOWN', () =>
    platform.issuer.token('job', ['everything'], { iss: 'https://elsewhere.example' })],
  ['a token signed with a foreign key of the same name', 'TOKEN_SIGNATURE_INVALID', async () =>
    (await createIssuer()).token('job', ['everything'])],
  ['a token signed with a key of another name', 'TOKEN_KEY_UNKNOWN', async () =>
    (await createIssuer('other')).token('job', ['everything'])],
  ['an unsigned token (alg none)', 'TOKEN_ALGORITHM_REFUSED', () =>
    Promise.resolve(`${base64({ alg: 'none', kid: 'e2e-1' })}.${base64(claims())}.`)],
  ['a token whose signature was cut off', 'TOKEN_SIGNATURE_INVALID', async () =>
    `${(await platform.issuer.token('job', ['everything'])).split('.').slice(0, 2).join('.')}.AAAA`],
  ['a token with HS256 over the public key', 'TOKEN_ALGORITHM_REFUSED', async () => {
    const secret = Buffer.from(JSON.stringify(platform.issuer.jwks.keys[0]))
    return new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'e2e-1' }).sign(secret)
  }],
  ['a token that brings its own key', 'TOKEN_HEADER_REFUSED', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = await exportJWK(publicKey)
    return new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', jwk }).sign(privateKey)
  }],
  ['a token of 40 KB', 'TOKEN_TOO_LARGE', () =>
    platform.issuer.token('job', ['everything'], { padding: 'x'.repeat(40_000) })],
  ['a token that no principal rule fits', 'PRINCIPAL_UNMATCHED', () =>
    platform.issuer.token('job', ['everything'], { kind: 'stranger' })],
] // prettier-ignore

describe('a caller is refused with SQLSTATE 28000 and its own reason', () => {
  test.each(attacks)('for %s: %s', async (_, code, make) => {
    showLogs()
    const token = await make()
    const fields = await refusal(token)
    expect(fields).toMatchObject({ S: 'FATAL', C: '28000', D: code })
    if (token.length > 8) expect(JSON.stringify(fields)).not.toContain(token)
    await assertAlive()
  })
})

describe('before the start-up is done', () => {
  const lengths = [0, 3, 4, 7, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 70_000]
  test.each(lengths)(
    'a packet that declares %i bytes is refused and the connection closed',
    async (length) => {
      showLogs()
      const client = await RawPostgres.open(platform.ports.postgres)
      client.send(uint32(length), uint32(0x0003_0000))
      const fields = await client.error()
      expect(fields).toMatchObject({ S: 'FATAL', C: '08P01' })
      expect(await client.closes()).toBe(true)
      await assertAlive()
    },
  )

  test('half a packet, and nothing at all, are dropped with the connection', async () => {
    showLogs()
    for (const bytes of [Buffer.alloc(0), Buffer.of(0), Buffer.of(0, 0, 0, 40, 0, 3, 0, 0, 117)]) {
      const client = await RawPostgres.open(platform.ports.postgres)
      client.send(bytes)
      await sleep(20)
      client.destroy()
    }
    await assertAlive()
  })

  test('HTTP, SSH and version 2 of the protocol are refused', async () => {
    showLogs()
    const greetings = [
      'GET / HTTP/1.1\r\nhost: x\r\n\r\n',
      'SSH-2.0-OpenSSH_9.6\r\n',
      Buffer.concat([uint32(8), uint32(0x0002_0000)]),
    ]
    for (const greeting of greetings) {
      const client = await RawPostgres.open(platform.ports.postgres)
      client.send(greeting)
      expect(await client.closes()).toBe(true)
    }
    await assertAlive()
  })

  test('an unknown connection is 3D000, one whose target is down 08001, each with a sentence', async () => {
    showLogs()
    const unknown = await refusal(await good(), 'payroll')
    expect(unknown).toMatchObject({ S: 'FATAL', C: '3D000', D: 'CONNECTION_UNKNOWN' })
    const down = await refusal(await good(), 'nowhere')
    expect(down).toMatchObject({ S: 'FATAL', C: '08001', D: 'UPSTREAM_UNAVAILABLE' })
    console.log(unknown?.['M'], '·', down?.['M'])
    await assertAlive()
  })
})

describe('in an open session', () => {
  test.each([0, 3, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])(
    'a frame that declares %i bytes ends that session with an error, and no other',
    async (length) => {
      showLogs()
      const neighbour = await RawPostgres.open(platform.ports.postgres)
      await neighbour.login('orders', await good())
      for (const type of ['Q', 'P', 'B', 'd', 'X', '\u0001']) {
        const client = await RawPostgres.open(platform.ports.postgres)
        await client.login('orders', await good())
        client.send(Buffer.from(type, 'latin1'), uint32(length), 'select 1\0')
        const fields = await client.error()
        // Terminate needs no answer.
        if (type !== 'X') expect(fields?.['C']).toMatch(/^(08P01|54000|0A000)$/)
        expect(await client.closes()).toBe(true)
      }
      neighbour.message('Q', 'select 1\0')
      await neighbour.until('Z')
      neighbour.destroy()
      await assertAlive()
    },
  )

  test('half a frame and a vanished client end the session and are on record', async () => {
    showLogs()
    const client = await RawPostgres.open(platform.ports.postgres)
    await client.login('orders', await good())
    client.send('Q', uint32(100), 'select ')
    await sleep(50)
    client.destroy()
    await assertAlive()
  })

  test('a statement larger than the limit is refused with 54000 and the session goes on', async () => {
    showLogs()
    const client = await RawPostgres.open(platform.ports.postgres)
    await client.login('orders', await good())
    client.message('Q', `select '${'x'.repeat(2 * 1024 * 1024)}'\0`)
    expect(await client.error()).toMatchObject({ C: '54000' })
    await client.until('Z')
    client.message('Q', 'select 1\0')
    await client.until('Z')
    client.destroy()
  })

  test('a target that goes away ends its sessions with an error; when it is back it is served again', async () => {
    showLogs()
    const client = await RawPostgres.open(platform.ports.postgres)
    await client.login('orders', await good())
    await platform.target.stop()
    const fields = await client.error()
    console.log(fields)
    expect(fields?.['C']).toMatch(/^(57P01|08006|08001)$/)
    expect(await client.closes()).toBe(true)
    expect(await refusal(await good())).toMatchObject({ C: '08001' })
    await platform.target.start()
    await assertAlive()
  })
})

describe('at the start', () => {
  const up = (file: string) =>
    runProcess(process.execPath, [gatetrailCommand, 'up', '--config', file], {
      cwd: platform.directory,
      timeoutMs: 60_000,
    })

  test('a typo in the configuration is told with file, line, column and what was meant', async () => {
    const text = await readFile(platform.configurationFile, 'utf8')
    const typos: [string, string, RegExp][] = [
      ['"connections"', '"conections"', /bad\.yaml:\d+:\d+: unknown setting "conections" \(did you mean "connections"\?\)/],
      ['"postgres",', '"mysql",', /bad\.yaml:\d+:\d+: .*expected postgres/],
      ['"database": "shop",', '', /bad\.yaml:\d+:\d+: "database" is missing/],
      ['{', '{ [', /bad\.yaml:\d+:\d+: /],
    ] // prettier-ignore
    for (const [from, to, expected] of typos) {
      await writeFile(join(platform.directory, 'bad.yaml'), text.replace(from, to))
      const { code, stderr } = await up('bad.yaml')
      expect(code).toBe(1)
      expect(stderr).toMatch(expected)
    }
    console.log(`${typos.length} typos`)
  })

  test('a policy that does not parse is told with file and line', async () => {
    await mkdir(join(platform.directory, 'bad-policies'), { recursive: true })
    await writeFile(
      join(platform.directory, 'bad-policies', 'one.cedar'),
      'permit (principal, action, resource);\n\npermit (principal, akshun, resource);\n',
    )
    const text = await readFile(platform.configurationFile, 'utf8')
    const [postgres, replay, operations] = await freePorts(3)
    await writeFile(
      join(platform.directory, 'bad-policy.yaml'),
      text
        .replace('policies/*.cedar', 'bad-policies/*.cedar')
        .replace('"dataDir": "data"', '"dataDir": "data-policy"')
        .replace(String(platform.ports.postgres), String(postgres))
        .replace(String(platform.ports.replay), String(replay))
        .replace(String(platform.ports.operations), String(operations)),
    )
    const { code, stderr } = await up('bad-policy.yaml')
    expect(code).toBe(1)
    expect(stderr).toMatch(/one\.cedar:3:\d+/)
  })

  test('a port that is taken is named, with the setting to change', async () => {
    const text = await readFile(platform.configurationFile, 'utf8')
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    await writeFile(
      join(platform.directory, 'taken.yaml'),
      text
        .replace('"dataDir": "data"', '"dataDir": "data-taken"')
        .replace(`127.0.0.1:${platform.ports.postgres}`, `127.0.0.1:${port}`),
    )
    const { code, stderr } = await up('taken.yaml')
    server.close()
    expect(code).toBe(1)
    expect(stderr).toContain(`another process listens on 127.0.0.1:${port}`)
    expect(stderr).toContain('listen.postgres')
  })

  test('a second platform on the same data directory is refused, and the first one goes on', async () => {
    showLogs()
    const { code, stderr } = await up(platform.configurationFile)
    expect(code).toBe(1)
    expect(stderr).toContain('another process uses')
    await assertAlive()
  })
})

test('each of these is on record, with its reason', async () => {
  showLogs()
  await platform.stop()
  const { rejected, refused, closed } = await withStoreAfterRestart()
  console.log(`rejected: ${rejected.join(', ')} · refused: ${refused.join(', ')} · closed: ${closed.join(', ')}`) // prettier-ignore
  for (const [, code] of attacks) expect(rejected).toContain(code)
  // Strangers who never said a valid first message are in the log only: they must not be able to write the journal.
  expect(refused).toEqual(expect.arrayContaining(['CONNECTION_UNKNOWN', 'UPSTREAM_UNAVAILABLE']))
  const log = await readFile(join(platform.dataDirectory, 'log', 'proxy.log'), 'utf8')
  for (const code of ['FRAME_LENGTH_INVALID']) expect(log).toContain(`"${code}"`)
  expect(closed).toEqual(expect.arrayContaining(['client_vanished', 'protocol_violation']))
})

test('an event store that another process has open is named, and the proxy is not started without it', async () => {
  showLogs()
  const { code, stderr } = await withStore(platform, () =>
    runProcess(process.execPath, [gatetrailCommand, 'up', '--config', platform.configurationFile], {
      cwd: platform.directory,
      timeoutMs: 60_000,
    }),
  )
  expect(code).toBe(1)
  expect(stderr).toContain('another process has the event store')
})

test('when the disk of the journal is full sessions end with a clear error, and go on once there is room', async () => {
  showLogs()
  const journal = join(platform.dataDirectory, 'journal')
  try {
    // The free space that a journal asks for is 500 MiB.
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=560m', 'none', journal], { stdio: 'ignore' })
  } catch {
    if (process.env['GATETRAIL_REQUIRE_ALL'] === '1' && process.getuid?.() === 0) {
      console.log(
        'skipped: this machine does not let us mount a tmpfs; eventlog tests inject ENOSPC',
      )
    }
    return
  }
  try {
    await platform.start()
    const client = await RawPostgres.open(platform.ports.postgres)
    await client.login('orders', await good())
    const filler = join(journal, 'filler')
    try {
      execFileSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1M'], { stdio: 'ignore' })
    } catch {
      // Until there is no space left: dd says so by its exit code.
    }
    // What the last page of the file still holds may take a statement or two.
    let fields: ErrorFields | undefined
    for (let statement = 0; statement < 2_000 && fields === undefined; statement++) {
      client.message('Q', `select ${statement}, repeat('x', 5000)\0`)
      try {
        await client.until('Z')
      } catch (error) {
        fields = fieldsIn(error)
      }
    }
    console.log(fields)
    expect(fields?.['C']).toMatch(/^(58030|53100)$/)
    expect(await client.closes()).toBe(true)
    const late = await refusal(await good())
    console.log(late)
    expect(late?.['C']).toMatch(/^(58030|53100)$/)
    execFileSync('rm', [filler])
    const until = Date.now() + 15_000
    let served = false
    while (!served && Date.now() < until) {
      served = (await platform.psql(await good(), ['-Atc', 'select 1'])).code === 0
      if (!served) await sleep(250)
    }
    expect(served).toBe(true)
  } finally {
    await platform.stop()
    execFileSync('umount', [journal], { stdio: 'ignore' })
  }
})

/** What waits in windows of 10 s is written when the proxy ends; ingest takes it in at the latest at the next start. */
async function withStoreAfterRestart() {
  await platform.start()
  await platform.settle()
  await platform.stop()
  return withStore(platform, async ({ rows }) => {
    const reasons = async (kind: string) => {
      const found = await rows<{ reason: string }>(
        `SELECT DISTINCT JSONExtractString(body, 'reason') AS reason FROM events WHERE kind = '${kind}' ORDER BY reason`,
      )
      return found.map(({ reason }) => reason)
    }
    return {
      rejected: await reasons('gatetrail.identity.rejected'),
      refused: await reasons('gatetrail.session.refused'),
      closed: await reasons('gatetrail.session.closed'),
    }
  })
}
