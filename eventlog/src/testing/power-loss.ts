/** For tests: a file system of which a power loss keeps only what was synced, and anything of the rest. */
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { nodeFileSystem, type FileSystem } from '../file-system.ts'

type TrackedFile = { path: string; written: number; synced: number; nameSynced: boolean }

export type PowerLossFileSystem = FileSystem & {
  /** Nothing reaches the disk from here on. */
  cut(): void
  /** Makes the disk look as after the loss. `random`: 0 ≤ n < 1, deterministic. */
  lose(random: () => number): void
  /** Syncs that had finished before the cut. */
  readonly syncs: number
}

const sectorBytes = 512

export function createPowerLossFileSystem(): PowerLossFileSystem {
  const files = new Map<number, TrackedFile>()
  const all: TrackedFile[] = []
  let isCut = false
  let syncs = 0
  return {
    ...nodeFileSystem,
    get syncs() {
      return syncs
    },
    create(file) {
      const descriptor = nodeFileSystem.create(file)
      const tracked = { path: file, written: 0, synced: 0, nameSynced: false }
      files.set(descriptor, tracked)
      all.push(tracked)
      return descriptor
    },
    write(descriptor, bytes, at, length, offset) {
      const taken = nodeFileSystem.write(descriptor, bytes, at, length, offset)
      const tracked = files.get(descriptor)!
      tracked.written = Math.max(tracked.written, offset + taken)
      return taken
    },
    syncDirectory(directory) {
      nodeFileSystem.syncDirectory(directory)
      if (isCut) return
      for (const tracked of all)
        if (path.dirname(tracked.path) === directory) tracked.nameSynced = true
    },
    syncFile(descriptor, done) {
      const tracked = files.get(descriptor)!
      const { written } = tracked
      // Slow on purpose: much comes in while it is under way. No real sync: this disk is a model.
      setTimeout(() => {
        if (isCut) return
        tracked.synced = Math.max(tracked.synced, written)
        syncs++
        done(null)
      }, 3)
    },
    cut() {
      isCut = true
    },
    lose(random) {
      for (const tracked of all) {
        if (!tracked.nameSynced) rmSync(tracked.path, { force: true })
        else if (statSync(tracked.path).size > tracked.synced) loseTail(tracked, random)
      }
    },
  }
}

/** Of what was not synced some prefix is there, with sectors that never arrived. */
function loseTail({ path: file, synced }: TrackedFile, random: () => number): void {
  const bytes = readFileSync(file)
  const kept = synced + Math.floor(random() * (bytes.length - synced + 1))
  for (let at = synced; at < kept; at += sectorBytes)
    if (random() < 0.3) bytes.fill(0, at, Math.min(kept, at + sectorBytes))
  writeFileSync(file, bytes)
  truncateSync(file, kept)
}
