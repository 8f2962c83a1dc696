/** Looks whether the addresses of `listen` are free before anything starts: one clear error instead of a role that fails. */
import { createServer } from 'node:net'
import { GatetrailError, type Configuration } from '@gatetrail/schemas'

export type ListenSetting = 'postgres' | 'replay' | 'operations'

/** The option of the demo that chooses the port instead. */
const options: Record<ListenSetting, string> = {
  postgres: '--port-postgres',
  replay: '--port-web',
  operations: '--port-operations',
}

/** @throws PORT_TAKEN, CONFIG_INVALID where this machine does not have the address */
export async function assertPortsFree(
  listen: Configuration['listen'],
  demo: boolean,
  settings: readonly ListenSetting[] = ['postgres', 'replay', 'operations'],
): Promise<void> {
  for (const setting of settings) await assertFree(setting, listen[setting], demo)
}

/** "[::1]:80" → "::1", 80. */
export function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':')
  return {
    host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'),
    port: Number(address.slice(colon + 1)),
  }
}

function assertFree(setting: ListenSetting, address: string, demo: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(describe(setting, address, demo, cause))
    })
    server.listen({ ...splitAddress(address), exclusive: true }, () => {
      server.close(() => resolve())
    })
  })
}

function describe(
  setting: ListenSetting,
  address: string,
  demo: boolean,
  cause: NodeJS.ErrnoException,
): GatetrailError {
  if (cause.code === 'EADDRINUSE') {
    const { port } = splitAddress(address)
    const option = `${options[setting]} ${Math.min(port + 1000, 65_535)}`
    return new GatetrailError('PORT_TAKEN', `another process listens on ${address}`, {
      hint: demo
        ? `end it, or choose another port: npm start -- ${option} (npx gatetrail up ${option})`
        : `end it, or change listen.${setting} in the configuration`,
      cause,
    })
  }
  return new GatetrailError(
    'CONFIG_INVALID',
    `listen.${setting}: cannot listen on ${address} (${cause.code ?? cause.message})`,
    { hint: 'is it an address of this machine, and may this user take the port?', cause },
  )
}
