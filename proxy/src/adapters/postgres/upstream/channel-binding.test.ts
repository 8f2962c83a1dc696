/** SCRAM bound to the TLS connection: with a real PostgreSQL and certificates of many kinds, and with somebody in the middle. */
import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requestCodes, untypedMessage } from '../messages.ts'
import { makeCertificate, type Certificate } from '../testing/certificates.ts'
import {
  newestPostgresBinaries,
  startTestPostgres,
  type TestPostgres,
} from '../testing/postgres-server.ts'
import { serverEndPoint } from './channel-binding.ts'
import { connectToTarget, type TargetConnection } from './connect.ts'

const kinds: [string, string[], string | undefined][] = [
  ['RSA with SHA-256', ['-newkey', 'rsa:2048', '-sha256'], 'sha256'],
  ['RSA with SHA-1', ['-newkey', 'rsa:2048', '-sha1'], 'sha256'],
  ['RSA with SHA-512', ['-newkey', 'rsa:2048', '-sha512'], 'sha512'],
  [
    'RSASSA-PSS with SHA-384',
    ['-newkey', 'rsa:2048', '-sha384', '-sigopt', 'rsa_padding_mode:pss'],
    'sha384',
  ],
  [
    'ECDSA with SHA-384',
    ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-sha384'],
    'sha384',
  ],
  ['Ed25519', ['-newkey', 'ed25519'], undefined],
]

test.each(kinds)('a certificate of %s is hashed as RFC 5929 says', async (_, options, hash) => {
  const { certificate } = await makeCertificate('localhost', options)
  const { raw } = new X509Certificate(certificate)
  const expected = hash === undefined ? undefined : createHash(hash).update(raw).digest('hex')
  expect(serverEndPoint(raw)?.toString('hex')).toBe(expected)
})

test('bytes that are no certificate give no binding, and no crash', () => {
  for (const hex of ['', '30', '3082ffff', '30803080', '300430020600', 'ff84ffffffff']) {
    expect(serverEndPoint(Buffer.from(hex, 'hex'))).toBeUndefined()
  }
})

describe.skipIf(newestPostgresBinaries === undefined)('a PostgreSQL over TLS', () => {
  const servers = new Map<string, TestPostgres>()
  let stranger: Certificate

  beforeAll(async () => {
    stranger = await makeCertificate('localhost', ['-newkey', 'rsa:2048'])
    for (const name of ['RSA with SHA-512', 'ECDSA with SHA-384', 'Ed25519']) {
      const options = kinds.find(([kind]) => kind === name)?.[1] ?? []
      const { certificate, key } = await makeCertificate('localhost', options)
      const server = await startTestPostgres(
        ['hostssl all app 127.0.0.1/32 scram-sha-256'],
        newestPostgresBinaries,
        {
          files: [
            ['own.crt', certificate],
            ['own.key', key],
          ],
          settings: { ssl_cert_file: 'own.crt', ssl_key_file: 'own.key' },
        },
      )
      servers.set(name, server)
      await server.execute('create role app login password $$secret$$')
    }
  })
  afterAll(() => Promise.all([...servers.values()].map((server) => server.stop())))

  const open = async (port: number): Promise<TargetConnection> => {
    const connection = await connectToTarget(
      {
        name: 'o',
        address: `127.0.0.1:${port}`,
        tls: 'require',
        certificateAuthorities: undefined,
      },
      { user: 'app', password: 'secret', database: 'postgres' },
      new Map(),
    )
    connection.socket.destroy()
    return connection
  }

  test.each(['RSA with SHA-512', 'ECDSA with SHA-384'])(
    'lets us in with SCRAM-SHA-256-PLUS by its certificate of %s',
    async (kind) => {
      await expect(open(servers.get(kind)!.port)).resolves.toMatchObject({
        method: 'SCRAM-SHA-256-PLUS',
      })
    },
  )

  test('with a certificate that gives no hash is refused where it was not verified', async () => {
    await expect(open(servers.get('Ed25519')!.port)).rejects.toMatchObject({
      code: 'UPSTREAM_AUTHENTICATION_FAILED',
      message: expect.stringContaining('without a hash'),
    })
  })

  test('somebody in the middle with a certificate of his own cannot pass our login on', async () => {
    const middle = await standBetween(servers.get('RSA with SHA-512')!.port, stranger, (b) => b)
    await expect(open(middle.port)).rejects.toMatchObject({
      code: 'UPSTREAM_AUTHENTICATION_FAILED',
    })
    middle.server.close()
  })

  test('nor by hiding that the server offers channel binding', async () => {
    const middle = await standBetween(servers.get('RSA with SHA-512')!.port, stranger, (bytes) => {
      const text = bytes.toString('latin1')
      const offer = 'SCRAM-SHA-256-PLUS\0'
      if (!text.includes(offer)) return bytes
      const shorter = Buffer.from(text.replace(offer, ''), 'latin1')
      shorter.writeUInt32BE(shorter.length - 1, 1)
      return shorter
    })
    await expect(open(middle.port)).rejects.toMatchObject({
      code: 'UPSTREAM_AUTHENTICATION_FAILED',
    })
    middle.server.close()
  })
})

/** Ends TLS on both sides and passes bytes on, those of the server through `change`. */
async function standBetween(
  port: number,
  own: Certificate,
  change: (bytes: Buffer) => Buffer,
): Promise<{ port: number; server: Server }> {
  const serve = async (caller: Socket): Promise<void> => {
    caller.on('error', () => undefined)
    await once(caller, 'data')
    caller.write('S')
    const client = new TLSSocket(caller, {
      isServer: true,
      cert: own.certificate,
      key: own.key,
    })
    client.on('error', () => undefined)
    const plain = connect(port, '127.0.0.1')
    plain.write(untypedMessage(requestCodes.ssl))
    await once(plain, 'data')
    const upstream = new TLSSocket(plain, { rejectUnauthorized: false })
    upstream.on('error', () => undefined)
    client.on('data', (bytes) => upstream.write(bytes))
    upstream.on('data', (bytes: Buffer) => client.write(change(bytes)))
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  }
  const server = createServer((caller) => void serve(caller))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { port: address !== null && typeof address === 'object' ? address.port : 0, server }
}
