/**
 * One process per directory. The lock is a listening socket, which the kernel closes with its process, kill -9 included:
 * no stale lock, no process id to guess about. On Linux in the abstract namespace, so that nothing is left on disk. That
 * namespace belongs to the network namespace: containers that share a directory must share the network too, or keep to
 * one directory each (docs: one dataDir per machine). Elsewhere a socket file, probed by connecting to it.
 */
import { createHash } from 'node:crypto'
import { realpath, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { GatetrailError } from '@gatetrail/schemas'

export type DirectoryLock = {
  readonly path: string
  release(): Promise<void>
}

const probeTimeoutMs = 1_000

/**
 * Takes the exclusive lock of an existing directory. Does not wait.
 * @throws GatetrailError DIRECTORY_IN_USE if another process (or this one) has it
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  return lockRealPath(await realpath(directory))
}

/** As lockDirectory, for a path that need not exist yet but has no symbolic links. */
export async function lockRealPath(realPath: string): Promise<DirectoryLock> {
  const name = createHash('sha256').update(`gatetrail lock\n${realPath}`).digest('hex')
  if (process.platform === 'linux') return listen(`\0gatetrail-${name}`, realPath)
  const socket = path.join(tmpdir(), `gatetrail-${name.slice(0, 32)}.sock`)
  try {
    return await listen(socket, realPath)
  } catch (error) {
    if (await answers(socket)) throw error
    await rm(socket, { force: true }) // Left by a process that died.
    return listen(socket, realPath)
  }
}

/** Whether some process holds the lock of this directory. */
export async function isLocked(directory: string): Promise<boolean> {
  try {
    const lock = await lockDirectory(directory)
    await lock.release()
    return false
  } catch (error) {
    if (error instanceof GatetrailError && error.code === 'DIRECTORY_IN_USE') return true
    throw error
  }
}

function listen(socket: string, directory: string): Promise<DirectoryLock> {
  return new Promise((resolve, reject) => {
    const server: Server = createServer((connection) => connection.destroy())
    server.once('error', (cause) => {
      const taken = 'code' in cause && cause.code === 'EADDRINUSE'
      reject(
        taken
          ? new GatetrailError('DIRECTORY_IN_USE', `another process uses ${directory}`, {
              cause,
              hint: 'Stop that process, or give this one another directory.',
            })
          : cause,
      )
    })
    server.listen({ path: socket, exclusive: true }, () => {
      server.unref()
      resolve({
        path: directory,
        release: () => new Promise((done) => server.close(() => done())),
      })
    })
  })
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket)
    const finish = (alive: boolean): void => {
      connection.destroy()
      resolve(alive)
    }
    connection.setTimeout(probeTimeoutMs, () => finish(true))
    connection.once('connect', () => finish(true))
    connection.once('error', () => finish(false))
  })
}
