import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer } from 'node:tls'
import { X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadServerCertificate } from './server-certificate.ts'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-tls-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const load = (configured?: { certFile: string; keyFile: string }) =>
  loadServerCertificate(
    configured,
    { configuration: directory, tls: join(directory, 'tls') },
    '127.0.0.1',
  )

test('is made once, with a key that only this user reads, and is kept', async () => {
  const { certFile } = await load()
  const first = await readFile(certFile)
  expect((await stat(join(directory, 'tls', 'server.key'))).mode & 0o777).toBe(0o600)
  await load()
  expect(await readFile(certFile)).toEqual(first)
})

test('a client that trusts only this certificate verifies it, by name and by address', async () => {
  const { context, certFile } = await load()
  const ca = await readFile(certFile)
  const certificate = new X509Certificate(ca)
  expect(certificate.ca).toBe(true)
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(certificate.subjectAltName).toContain('IP Address:0:0:0:0:0:0:0:1')
  const server = createServer({ SNICallback: (_, done) => done(null, context) })
  server.setSecureContext({ cert: ca, key: await readFile(join(directory, 'tls', 'server.key')) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  for (const name of [{ servername: 'localhost' }, {}]) {
    const client = connect({ port, host: '127.0.0.1', ca, ...name })
    await once(client, 'secureConnect')
    expect(client.authorized).toBe(true)
    client.destroy()
  }
  server.close()
})

test('configured files that are no certificate are an error of the configuration', async () => {
  await expect(load({ certFile: 'none.crt', keyFile: 'none.key' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  })
})
