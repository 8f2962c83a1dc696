/**
 * The control log as files (`dataDir/control/`): a file for each object and version, which is there whole or not at all and
 * never changes. Written by one process, tailed by all others on the machine. To control-reader.ts.
 */
import { lstat, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { controlLimits, GatetrailError, type ControlObject } from '@gatetrail/schemas'
import { isMissing, writeDurably } from '../durable-file.ts'
import type { ControlTransport } from './control-log.ts'
import type { ControlReader } from './control-reader.ts'

const pollIntervalMs = 50
/** A directory changes twice within one tick of its clock: what changed so lately is looked at again. */
const freshMs = 1_000
/** Also files that were refused are looked at again: somebody may be copying them in, or their key. */
const rescanIntervalMs = 5_000
const fileName = /^([a-z-]+)\.([A-Za-z0-9_-]+)\.(\d{1,15})\.json$/

/** Resolves when all files that are there have been read. @throws GatetrailError DIRECTORY_NOT_WRITABLE */
export async function openFileTransport(
  directory: string,
  reader: ControlReader,
): Promise<ControlTransport> {
  const tail = new DirectoryTail(directory, reader)
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await tail.read(true)
  } catch (cause) {
    throw unusable(directory, cause)
  }
  tail.start()
  return {
    async write(object, envelope) {
      try {
        await writeDurably(path.join(directory, nameOf(object)), Buffer.from(envelope).toString())
        await removeVersions(directory, object, (version) => version < object.version)
      } catch (cause) {
        throw unusable(directory, cause)
      }
    },
    remove: (object) => removeVersions(directory, object, (version) => version <= object.version),
    close: () => tail.close(),
  }
}

class DirectoryTail {
  readonly #directory: string
  readonly #reader: ControlReader
  /** Names that were read; of those that were refused what they looked like. */
  #seen = new Map<string, string | undefined>()
  #changedNs = -1n
  #readAtMs = 0
  #rescanAtMs = 0
  #timer: NodeJS.Timeout | undefined
  #reading: Promise<void> | undefined
  #closed = false

  constructor(directory: string, reader: ControlReader) {
    this.#directory = directory
    this.#reader = reader
  }

  start(): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      this.#reading = this.#poll()
    }, pollIntervalMs)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#reading
  }

  async #poll(): Promise<void> {
    try {
      await this.read(performance.now() >= this.#rescanAtMs)
    } catch (error) {
      this.#reader.failed(
        `${this.#directory} cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})`,
      )
    }
    this.start()
  }

  /** Takes in what is new, in the order of versions. */
  async read(all: boolean): Promise<void> {
    const startedMs = this.#reader.monotonicMs
    const { mtimeNs } = await stat(this.#directory, { bigint: true })
    const changed = mtimeNs !== this.#changedNs
    if (all || changed || performance.now() - this.#readAtMs < freshMs) {
      if (changed) this.#readAtMs = performance.now()
      if (all) {
        this.#rescanAtMs = performance.now() + rescanIntervalMs
        if ([...this.#seen.values()].some((look) => look !== undefined))
          await this.#reader.reloadKeys()
      }
      const names = (await readdir(this.#directory)).filter((name) => fileName.test(name))
      const seen = new Map<string, string | undefined>()
      for (const name of names.sort(byVersion)) {
        if (this.#seen.has(name)) seen.set(name, this.#seen.get(name))
        if (!this.#seen.has(name) || (all && this.#seen.get(name) !== undefined))
          seen.set(name, await this.#readFile(name))
      }
      this.#seen = seen
      this.#changedNs = mtimeNs
    }
    this.#reader.contact(startedMs)
  }

  /** What a refused file looks like, undefined for one that needs no second look. */
  async #readFile(name: string): Promise<string | undefined> {
    const file = path.join(this.#directory, name)
    try {
      const { size, mtimeNs } = await lstat(file, { bigint: true })
      const look = `${size} ${mtimeNs} ${this.#reader.trustedKeys}`
      if (this.#seen.get(name) === look) return look
      const bytes =
        size > controlLimits.objectBytesMax
          ? Buffer.alloc(controlLimits.objectBytesMax + 1)
          : await readFile(file)
      const { kind } = await this.#reader.take(bytes, name)
      return kind === 'refused' ? look : undefined
    } catch (error) {
      if (isMissing(error)) return undefined // Replaced by a higher version meanwhile.
      throw error
    }
  }
}

function nameOf({ id, version }: ControlObject): string {
  return `${id.replace('/', '.')}.${version}.json`
}

function byVersion(left: string, right: string): number {
  return versionOf(left) - versionOf(right)
}

function versionOf(name: string): number {
  return Number(fileName.exec(name)?.[3])
}

async function removeVersions(
  directory: string,
  { id }: ControlObject,
  which: (version: number) => boolean,
): Promise<void> {
  const prefix = `${id.replace('/', '.')}.`
  for (const name of await readdir(directory)) {
    if (name.startsWith(prefix) && fileName.test(name) && which(versionOf(name)))
      await rm(path.join(directory, name), { force: true })
  }
}

function unusable(directory: string, cause: unknown): GatetrailError {
  return new GatetrailError(
    'DIRECTORY_NOT_WRITABLE',
    `the control log ${directory} cannot be used`,
    {
      cause,
      hint: 'Give the process its own dataDir that it can write.',
    },
  )
}
