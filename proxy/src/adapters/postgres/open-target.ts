/** Step 5 of a session: the target, opened while the client waits. From decide-connect.ts, to record-opening.ts. */
import { GatetrailError, isGatetrailError, type EventBody } from '@gatetrail/schemas'
import type { PostgresConnection } from './connection.ts'
import type { PostgresDependencies } from './dependencies.ts'
import type { Door } from './front-door/door.ts'
import type { StartupRequest } from './front-door/startup-request.ts'
import { parameterOf, requestCodes } from './messages.ts'
import { readOnlySetting } from './read-only.ts'
import { PeerClosed } from './socket-reader.ts'
import { connectToTarget, type TargetConnection } from './upstream/connect.ts'

export type OpenedTarget = {
  connection: TargetConnection
  source: EventBody<'gatetrail.credential.issued'>['source']
  /** Who the session is at the target. */
  user: string
  /** Its transactions are read-only, and must stay so. */
  readOnly: boolean
  /** What it begins with, as SHOW prints it; undefined: what the catalogue's account begins with. */
  searchPath: string | undefined
}

/** While the target is opened the client has nothing to say; if it leaves, so do we. */
export async function openTarget(
  door: Door,
  connection: PostgresConnection,
  request: StartupRequest,
  readOnly: boolean,
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
    const { login, source } = await connection.credential(readOnly)
    await untilAborted(connection.catalogue.ready(), abandoned.signal)
    fail()
    const target = await connectToTarget(
      connection.target,
      login,
      // Last, so that no setting of the client undoes it.
      readOnly ? new Map([...request.settings, readOnlySetting]) : request.settings,
      abandoned.signal,
      request.cancelSecretBytes > 4 ? requestCodes.startup32 : requestCodes.startup30,
    )
    try {
      const searchPath = await searchPathOf(target, connection, request, login.user)
      fail()
      return { connection: target, source, user: login.user, readOnly, searchPath }
    } catch (error) {
      target.socket.destroy()
      throw error
    }
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

/** Of `work`, or nothing as soon as the signal comes: the caller then looks why. */
async function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  let abort = (): void => undefined
  const aborted = new Promise<void>((resolve) => {
    abort = resolve
  })
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** The target says it by itself since PostgreSQL 18, after what the client has set. */
async function searchPathOf(
  { parameterStatus }: TargetConnection,
  connection: PostgresConnection,
  { settings }: StartupRequest,
  user: string,
): Promise<string | undefined> {
  const known = new Map(parameterStatus.map(parameterOf)).get('search_path')
  const path = known ?? settings.get('search_path')
  if (path !== undefined || user === connection.configuration.credential.user) return path
  return connection.readOnlySearchPath()
}
