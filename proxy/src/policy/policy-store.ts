/** The policy set in force: loaded from files, watched, and replaced as a whole or not at all. */
import { watch, type FSWatcher } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { relative } from 'node:path'
import { GatetrailError, isGatetrailError, limits } from '@gatetrail/schemas'
import { PolicyInvalidError } from './error.ts'
import { findFiles, type FoundFiles } from './find-files.ts'
import { loadPolicySet, type PolicyFile } from './load-policy-set.ts'
import type { PolicySet } from './policy-set.ts'

export type ReloadResult =
  | { kind: 'loaded'; set: PolicySet }
  /** The files say the same as before. */
  | { kind: 'unchanged'; set: PolicySet }
  /** The set before stays in force. */
  | { kind: 'refused'; error: GatetrailError }

export type PolicyStore = {
  /** The set in force. Ask each time: it changes. */
  current(): PolicySet
  /** Reads the files again. Never throws for what is in them. */
  reload(): Promise<ReloadResult>
  close(): void
}

export type PolicyStoreOptions = {
  /** Files or globs. */
  patterns: readonly string[]
  baseDirectory: string
  /** Called after a reload that files changing on disk caused, unless it was `unchanged`. */
  onReload?: (result: ReloadResult) => void
  /** Default true. */
  watchFiles?: boolean
}

const fileBytesMax = limits.MiB
const directoriesWatchedMax = 100
/** An editor writes a file in several steps; a reload waits until nothing has changed for this long. */
const quietMs = 200

/** Loads a set once, without watching: `gatetrail policy check`. @throws GatetrailError POLICY_INVALID */
export async function readPolicySet(
  patterns: readonly string[],
  baseDirectory: string,
): Promise<PolicySet> {
  const options = { patterns, baseDirectory }
  return loadPolicySet(await readFiles(await findFiles(patterns, baseDirectory), options))
}

/** @throws GatetrailError POLICY_INVALID if the files can't be loaded now */
export async function createPolicyStore(options: PolicyStoreOptions): Promise<PolicyStore> {
  const { patterns, baseDirectory, onReload, watchFiles = true } = options
  let found = await findFiles(patterns, baseDirectory)
  let set = loadPolicySet(await readFiles(found, options))
  let watchers: FSWatcher[] = []
  let timer: NodeJS.Timeout | undefined
  let last: Promise<unknown> = Promise.resolve()
  let reloading = false
  let closed = false

  async function load(): Promise<ReloadResult> {
    try {
      found = await findFiles(patterns, baseDirectory)
      const loaded = loadPolicySet(await readFiles(found, options))
      if (loaded.hash === set.hash) {
        loaded.release()
        return { kind: 'unchanged', set }
      }
      const before = set
      set = loaded
      before.release()
      return { kind: 'loaded', set }
    } catch (error) {
      if (isGatetrailError(error)) return { kind: 'refused', error }
      const message = 'the policies could not be loaded'
      return {
        kind: 'refused',
        error: new GatetrailError('POLICY_INVALID', message, { cause: error }),
      }
    }
  }

  /** One after the other, so that the files read last are in force last. */
  function reload(): Promise<ReloadResult> {
    const result = last.then(load).finally(watchAll)
    last = result.catch(() => undefined) // Whoever asked for it hears of a failure.
    return result
  }

  function filesChanged(): void {
    if (closed) return
    clearTimeout(timer)
    timer = setTimeout(() => void reloadForWatcher(), quietMs)
    timer.unref()
  }

  async function reloadForWatcher(): Promise<void> {
    if (reloading) return filesChanged()
    reloading = true
    try {
      const result = await reload()
      if (!closed && result.kind !== 'unchanged') onReload?.(result)
    } finally {
      reloading = false
    }
  }

  function watchAll(): void {
    for (const watcher of watchers) watcher.close()
    watchers = []
    if (!watchFiles || closed) return
    for (const directory of found.directories.slice(0, directoriesWatchedMax)) {
      try {
        const watcher = watch(directory, { persistent: false }, filesChanged)
        watcher.on('error', () => watcher.close())
        watchers.push(watcher)
      } catch {
        // The directory is missing for now, or the system has no more watches: `reload` still works.
      }
    }
  }

  watchAll()
  return {
    current: () => set,
    reload,
    close() {
      closed = true
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
      watchers = []
    },
  }
}

/** Every file's text. @throws GatetrailError POLICY_INVALID */
async function readFiles(
  { files }: FoundFiles,
  { patterns, baseDirectory }: PolicyStoreOptions,
): Promise<PolicyFile[]> {
  if (files.length === 0) {
    throw new GatetrailError('POLICY_INVALID', `no policy file matches ${patterns.join(', ')}`, {
      hint: 'Without a policy nothing is allowed. Add a .cedar file, or correct `policies` in the configuration.',
    })
  }
  const texts: PolicyFile[] = []
  for (const path of files) {
    const file = relative(baseDirectory, path)
    try {
      if ((await stat(path)).size > fileBytesMax) {
        throw new PolicyInvalidError({ file }, 'a policy file has at most 1 MiB')
      }
      texts.push({ file, text: await readFile(path, 'utf8') })
    } catch (cause) {
      if (isGatetrailError(cause)) throw cause
      throw new PolicyInvalidError({ file }, 'the policy file cannot be read', { cause })
    }
  }
  return texts
}
