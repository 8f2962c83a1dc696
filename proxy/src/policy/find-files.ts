/** The files that `policies:` of the configuration names: paths and globs with `*`, `?` and `**`, relative to a directory. */
import { readdir, stat } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'

const filesMax = 1000
const depthMax = 8

export type FoundFiles = {
  /** Absolute, sorted, without duplicates. */
  files: string[]
  /** The directories looked into, absolute: a new file there may match. */
  directories: string[]
}

/** A path without wildcards is found whether or not it exists; reading it tells. */
export async function findFiles(
  patterns: readonly string[],
  baseDirectory: string,
): Promise<FoundFiles> {
  const files = new Set<string>()
  const directories = new Set<string>()
  for (const pattern of patterns) {
    const path = resolve(baseDirectory, pattern)
    // A file may have a name that looks like a pattern.
    if (await isFile(path)) add(path)
    else await descend(sep, path.split(sep).slice(1), 0)
  }
  return { files: [...files].sort(), directories: [...directories].sort() }

  function add(file: string): void {
    directories.add(dirname(file))
    if (files.size < filesMax) files.add(file)
  }

  async function descend(directory: string, segments: string[], depth: number): Promise<void> {
    const wild = segments.findIndex((segment) => /[*?]/.test(segment))
    if (wild === -1) {
      add(join(directory, ...segments))
      return
    }
    const fixed = join(directory, ...segments.slice(0, wild))
    const [segment = '', ...rest] = segments.slice(wild)
    directories.add(fixed)
    if (segment === '**') await descend(fixed, rest.length === 0 ? ['*'] : rest, depth)
    const expression = expressionOf(segment)
    for (const entry of await readdir(fixed, { withFileTypes: true }).catch(() => [])) {
      const path = join(fixed, entry.name)
      if (segment === '**') {
        if (entry.isDirectory() && depth < depthMax) await descend(path, ['**', ...rest], depth + 1)
      } else if (expression.test(entry.name) && !entry.name.startsWith('.')) {
        // A match in the middle of a path must be a directory; the last one a file.
        if (entry.isDirectory() === rest.length > 0) await descend(path, rest, depth + 1)
      }
    }
  }
}

function expressionOf(segment: string): RegExp {
  const escaped = segment.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`)
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch {
    return false // A pattern, or a file that is missing: reading it tells.
  }
}
