import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { assertPortsFree, splitAddress } from './ports.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function portOf(server: Server): Promise<number> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

async function listenWith(web: number) {
  const free = async () => {
    const server = createServer()
    const port = await portOf(server)
    servers.splice(servers.indexOf(server), 1)
    server.close()
    await once(server, 'close')
    return `127.0.0.1:${port}`
  }
  return {
    postgres: await free(),
    replay: `127.0.0.1:${web}`,
    operations: await free(),
    ssh: '127.0.0.1:1',
    http: '127.0.0.1:1',
    trustedProxies: [],
  }
}

test('a taken port is named with what to do about it', async () => {
  const web = await portOf(createServer())
  const listen = await listenWith(web)
  await expect(assertPortsFree(listen, true)).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: `another process listens on 127.0.0.1:${web}`,
    hint: expect.stringContaining('--port-web'),
  })
  await expect(assertPortsFree(listen, false)).rejects.toMatchObject({
    hint: expect.stringContaining('listen.replay'),
  })
})

test('an address of another machine is an error of the configuration', async () => {
  const listen = { ...(await listenWith(1)), postgres: '192.0.2.1:15432' }
  await expect(assertPortsFree(listen, false)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('listen.postgres'),
  })
})

test('IPv6 addresses lose their brackets', () => {
  expect(splitAddress('[::1]:8090')).toEqual({ host: '::1', port: 8090 })
})
