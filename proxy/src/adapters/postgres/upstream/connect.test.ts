import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cancelAtTarget } from '../cancel/cancel-target.ts'
import { createQueryClient } from '../catalogue/query-client.ts'
import { parameterOf, requestCodes } from '../messages.ts'
import { makeClientCertificate } from '../testing/certificates.ts'
import {
  allPostgresBinaries,
  freePort,
  startTestPostgres,
  type TestPostgres,
} from '../testing/postgres-server.ts'
import { connectToTarget, type TargetConnection } from './connect.ts'
import type { ClientCertificate, Target } from './open-socket.ts'

describe.each(allPostgresBinaries)('the PostgreSQL in %s', (binaries) => {
  let server: TestPostgres
  let ownCertificate: ClientCertificate

  beforeAll(async () => {
    ownCertificate = await makeClientCertificate('certified')
    server = await startTestPostgres(
      [
        'hostssl all tls_only 127.0.0.1/32 scram-sha-256',
        'hostnossl all tls_only 127.0.0.1/32 reject',
        'host all trusted 127.0.0.1/32 trust',
        'host all hashed 127.0.0.1/32 md5',
        'host all salted 127.0.0.1/32 scram-sha-256',
        'host all plain 127.0.0.1/32 password',
        'hostssl all certified 127.0.0.1/32 cert',
        'hostssl all doubly 127.0.0.1/32 scram-sha-256 clientcert=verify-ca',
      ],
      binaries,
      {
        files: [['clients.crt', ownCertificate.certificate]],
        settings: { ssl_ca_file: 'clients.crt' },
      },
    )
    await server.execute(
      [
        "set password_encryption = 'scram-sha-256'",
        'create role trusted login',
        'create role certified login',
        'create role doubly login password $$both$$',
        'create role tls_only login password $$on tls only$$',
        "create role salted login password 'pa''ss, =wörd'",
        'create role plain login password $$in clear$$',
        "set password_encryption = 'md5'",
        'create role hashed login password $$hashed$$',
      ].join(';'),
    )
  })
  afterAll(() => server.stop())

  const open = async (
    user: string,
    password: string,
    options: Partial<Target> = {},
    settings: Record<string, string> = {},
    more: { clientCertificate?: ClientCertificate; protocolVersion?: number } = {},
  ): Promise<TargetConnection> => {
    const { clientCertificate, protocolVersion } = more
    const target: Target = {
      name: 'orders',
      address: `127.0.0.1:${server.port}`,
      tls: 'disable',
      certificateAuthorities: undefined,
      ...options,
    }
    const connection = await connectToTarget(
      target,
      {
        user,
        password,
        database: 'postgres',
        ...(clientCertificate === undefined ? {} : { clientCertificate }),
      },
      new Map(Object.entries(settings)),
      undefined,
      protocolVersion,
    )
    connection.socket.destroy()
    return connection
  }

  test.each([
    ['trusted', '', 'trust'],
    ['hashed', 'hashed', 'md5'],
    ['salted', "pa'ss, =wörd", 'SCRAM-SHA-256'],
  ])('lets %s in by its own method', async (user, password, method) => {
    const connection = await open(user, password)
    expect(connection).toMatchObject({ method, secure: false })
    expect(connection.processId).toBeGreaterThan(0)
    expect(connection.secret).toHaveLength(4)
    expect(connection.head).toHaveLength(0)
    const status = Buffer.concat(connection.parameterStatus).toString()
    expect(status).toContain('server_version\0')
  })

  test('settings of the client arrive, each as its own field', async () => {
    const connection = await open(
      'trusted',
      '',
      {},
      {
        application_name: "it's = \\a 'job'",
        TimeZone: 'Asia/Tokyo',
      },
    )
    const status = Buffer.concat(connection.parameterStatus).toString()
    expect(status).toContain("application_name\0it's = \\a 'job'\0")
    expect(status).toContain('TimeZone\0Asia/Tokyo\0')
  })

  test('a setting that the target refuses is the fault of the option, in the words of the target', async () => {
    await expect(open('trusted', '', {}, { TimeZone: 'Nowhere/At_All' })).rejects.toMatchObject({
      code: 'OPTION_REFUSED',
      message: expect.stringContaining('TimeZone'),
    })
  })

  test.each(['hashed', 'salted'])(
    'a wrong password of %s is a failed authentication',
    async (user) => {
      await expect(open(user, 'wrong')).rejects.toMatchObject({
        code: 'UPSTREAM_AUTHENTICATION_FAILED',
      })
    },
  )

  test('TLS is used where it is required, and the password in clear only over TLS', async () => {
    await expect(open('tls_only', 'on tls only', { tls: 'require' })).resolves.toMatchObject({
      secure: true,
      method: 'SCRAM-SHA-256-PLUS',
    })
    await expect(open('tls_only', 'on tls only')).rejects.toMatchObject({
      code: 'UPSTREAM_AUTHENTICATION_FAILED',
    })
    await expect(open('plain', 'in clear', { tls: 'require' })).resolves.toMatchObject({
      method: 'password',
    })
    await expect(open('plain', 'in clear')).rejects.toMatchObject({
      code: 'UPSTREAM_AUTHENTICATION_FAILED',
      message: expect.stringContaining('in clear, without TLS'),
    })
  })

  test('verify-full accepts the certificate of a trusted authority for this name, and no other', async () => {
    const trusted: Partial<Target> = {
      address: `localhost:${server.port}`,
      tls: 'verify-full',
      certificateAuthorities: server.certificatePem,
    }
    await expect(open('trusted', '', trusted)).resolves.toMatchObject({ secure: true })
    await expect(
      open('trusted', '', { ...trusted, certificateAuthorities: undefined }),
    ).rejects.toMatchObject({ code: 'UPSTREAM_TLS_FAILED' })
    await expect(
      open('trusted', '', { ...trusted, address: `127.0.0.1:${server.port}` }),
    ).rejects.toMatchObject({
      code: 'UPSTREAM_TLS_FAILED',
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    })
  })

  test('a client certificate opens what asks for one, alone or with a password, and no other certificate does', async () => {
    const tls = { tls: 'require' } as const
    const ours = { clientCertificate: ownCertificate }
    await expect(open('certified', '', tls, {}, ours)).resolves.toMatchObject({ method: 'trust' })
    await expect(open('doubly', 'both', tls, {}, ours)).resolves.toMatchObject({
      method: 'SCRAM-SHA-256-PLUS',
    })
    await expect(open('certified', '', tls)).rejects.toMatchObject({
      code: 'UPSTREAM_AUTHENTICATION_FAILED',
    })
    const strangers = { clientCertificate: await makeClientCertificate('certified') }
    await expect(open('certified', '', tls, {}, strangers)).rejects.toMatchObject({
      code: 'UPSTREAM_TLS_FAILED',
    })
    await expect(
      open('certified', '', tls, {}, { clientCertificate: { certificate: 'none', key: 'none' } }),
    ).rejects.toMatchObject({ code: 'CREDENTIAL_UNAVAILABLE' })
  })

  test('protocol 3.2 brings a long key where the target knows it, and cancels with it', async () => {
    const target: Target = {
      name: 'orders',
      address: `127.0.0.1:${server.port}`,
      tls: 'require',
      certificateAuthorities: undefined,
    }
    const connection = await connectToTarget(
      target,
      { user: 'trusted', password: '', database: 'postgres' },
      new Map(),
      undefined,
      requestCodes.startup32,
    )
    const parameters = new Map(connection.parameterStatus.map(parameterOf))
    const major = Number.parseInt(parameters.get('server_version') ?? '', 10)
    expect(connection.secret).toHaveLength(major >= 18 ? 32 : 4)
    const client = createQueryClient(connection, 'orders')
    const sleeping = client.query('select pg_sleep(20)', [])
    const cancelled = expect(sleeping).rejects.toMatchObject({
      message: expect.stringContaining('57014'),
    })
    await sleep(100)
    await cancelAtTarget(target, connection.processId, connection.secret)
    await cancelled
    client.close()
  })

  test('a target that is down is unavailable', async () => {
    await expect(
      open('trusted', '', { address: `127.0.0.1:${await freePort()}` }),
    ).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })
})
