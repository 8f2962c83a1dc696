/** Starts the replay server: the API, and the web app if it was built. */
import { isIPv6 } from 'node:net'
import { GatetrailError } from '@gatetrail/schemas'
import { buildServer } from './build-server.ts'
import type { ReplayOptions } from './options.ts'

export type ReplayServer = {
  /** host:port, the port that was taken where 0 was asked for. */
  address: string
  close(): Promise<void>
}

/** @throws GatetrailError PORT_TAKEN, CONFIG_INVALID */
export async function startReplay(options: ReplayOptions): Promise<ReplayServer> {
  const app = await buildServer(options)
  const { replay } = options.configuration.listen
  const at = replay.lastIndexOf(':')
  const host = replay.slice(0, at).replace(/^\[|\]$/g, '')
  try {
    await app.listen({ host, port: Number(replay.slice(at + 1)) })
  } catch (cause) {
    await app.close()
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new GatetrailError('PORT_TAKEN', `the web app cannot listen on ${replay} (${code})`, {
      hint: 'Stop the process that listens there, or set listen.replay to another address.',
      cause,
    })
  }
  const bound = app.server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  return { address: `${isIPv6(host) ? `[${host}]` : host}:${port}`, close: () => app.close() }
}
