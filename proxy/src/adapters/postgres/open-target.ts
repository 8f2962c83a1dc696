/** Step 5 of a session: the target, opened while the client waits. From decide-connect.ts, to record-opening.ts. */
import { GatetrailError, isGatetrailError, type EventBody } from '@gatetrail/schemas'
import type { PostgresConnection } from './connection.ts'
import type { PostgresDependencies } from './dependencies.ts'
import type { Door } from './front-door/door.ts'
import type { StartupRequest } from './front-door/startup-request.ts'
import { PeerClosed } from './socket-reader.ts'
import { connectToTarget, type TargetConnection } from './upstream/connect.ts'

export type OpenedTarget = {
  connection: TargetConnection
  source: EventBody<'gatetrail.credential.issued'>['source']
}

/** While the target is opened the client has nothing to say; if it leaves, so do we. */
export async function openTarget(
  door: Door,
  connection: PostgresConnection,
  request: StartupRequest,
  dependencies: PostgresDependencies,
): Promise<OpenedTarget> {
  const abandoned = new AbortController()
  let interruption: 'bytes' | 'closed' | undefined
  door.reader.watchSilence((what) => {
    interruption = what
    abandoned.abort()
  })
  const fail = (): void => {
    if (interruption === 'closed') throw door.reader.ended ?? new PeerClosed()
    if (interruption === 'bytes') {
      throw new GatetrailError('PROTOCOL_VIOLATION', 'bytes came before the session was open')
    }
  }
  try {
    const { login, source } = await connection.credential(false)
    await connection.catalogue.ready()
    fail()
    const target = await connectToTarget(
      connection.target,
      login,
      request.settings,
      abandoned.signal,
    )
    if (interruption !== undefined) target.socket.destroy()
    fail()
    return { connection: target, source }
  } catch (error) {
    fail()
    if (isGatetrailError(error)) {
      dependencies.log.warn(
        {
          connection: connection.configuration.name,
          code: error.code,
          target: error.cause instanceof Error ? error.cause.message : undefined,
        },
        'target not opened',
      )
    }
    throw error
  }
}
