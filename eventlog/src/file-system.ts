/** The system calls of a journal writer, as one small interface, so that tests can make each of them fail. */
import {
  closeSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { statfs } from 'node:fs/promises'

export type FileSystem = {
  /** Creates a file that must not exist, 0600. */
  create(path: string): number
  /** Returns how many bytes were taken: may be fewer than `length`. */
  write(file: number, bytes: Uint8Array, at: number, length: number, offset: number): number
  truncate(file: number, length: number): void
  close(file: number): void
  remove(path: string): void
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): void
  /** fdatasync. */
  syncFile(file: number, done: (error: Error | null) => void): void
  freeSpace(path: string): Promise<{ freeBytes: number; totalBytes: number }>
}

export const nodeFileSystem: FileSystem = {
  create: (path) => openSync(path, 'wx', 0o600),
  write: (file, bytes, at, length, offset) => writeSync(file, bytes, at, length, offset),
  truncate: (file, length) => ftruncateSync(file, length),
  close: (file) => closeSync(file),
  remove: (path) => rmSync(path, { force: true }),
  syncDirectory(path) {
    const directory = openSync(path, 'r')
    try {
      fsyncSync(directory)
    } finally {
      closeSync(directory)
    }
  },
  syncFile: (file, done) => fdatasync(file, done),
  async freeSpace(path) {
    const { bavail, blocks, bsize } = await statfs(path)
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  },
}
