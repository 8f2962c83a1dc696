/** For tests: the real file system, with faults put under each system call. */
import { nodeFileSystem, type FileSystem } from '../file-system.ts'

export type Faults = {
  /** Thrown by the call, while it is set. */
  create?: Error | undefined
  write?: Error | undefined
  truncate?: Error | undefined
  sync?: Error | undefined
  /** write() takes at most so many bytes. */
  shortWriteBytes?: number | undefined
  /** The disk takes so many bytes more, then write() fails with ENOSPC, the last one short. */
  roomBytes?: number | undefined
  /** fdatasync does not return until `releaseSyncs`. */
  holdSyncs?: boolean
  freeBytes?: number
}

export type FaultyFileSystem = FileSystem & {
  faults: Faults
  calls: { write: number; sync: number }
  releaseSyncs(): void
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code })
}

export function createFaultyFileSystem(): FaultyFileSystem {
  const held: (() => void)[] = []
  const calls = { write: 0, sync: 0 }
  const faults: Faults = {}
  return {
    ...nodeFileSystem,
    faults,
    calls,
    create(path) {
      if (faults.create !== undefined) throw faults.create
      return nodeFileSystem.create(path)
    },
    write(file, bytes, at, length, offset) {
      calls.write++
      if (faults.write !== undefined) throw faults.write
      if (faults.roomBytes === 0) throw systemError('ENOSPC')
      const taken = Math.min(length, faults.shortWriteBytes ?? length, faults.roomBytes ?? length)
      if (faults.roomBytes !== undefined) faults.roomBytes -= taken
      return nodeFileSystem.write(file, bytes, at, taken, offset)
    },
    truncate(file, length) {
      if (faults.truncate !== undefined) throw faults.truncate
      nodeFileSystem.truncate(file, length)
    },
    syncFile(file, done) {
      calls.sync++
      const error = faults.sync
      const sync = (): void => {
        if (error !== undefined) setImmediate(() => done(error))
        else nodeFileSystem.syncFile(file, done)
      }
      if (faults.holdSyncs === true) held.push(sync)
      else sync()
    },
    releaseSyncs() {
      for (const sync of held.splice(0)) sync()
    },
    async freeSpace(path) {
      const space = await nodeFileSystem.freeSpace(path)
      return faults.freeBytes === undefined ? space : { ...space, freeBytes: faults.freeBytes }
    },
  }
}
