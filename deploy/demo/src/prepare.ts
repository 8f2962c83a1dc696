/** What the demo needs before anything of it runs: directory, secrets, ports and its configuration file. Milliseconds. */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { choosePorts, secretFrom, writePrivately, type DemoPorts } from './files.ts'
import { demoPaths, type DemoPaths } from './paths.ts'
import { renderConfiguration, type DemoListen } from './configuration.ts'

export type PreparedDemo = { paths: DemoPaths; ports: DemoPorts }

/**
 * Makes `dataDir/demo` and writes `gatetrail.yaml` into it.
 * @param policies absolute paths or globs of Cedar files
 */
export async function prepareDemo(
  dataDirectory: string,
  listen: DemoListen,
  policies: readonly string[],
): Promise<PreparedDemo> {
  const paths = demoPaths(dataDirectory)
  await mkdir(paths.directory, { recursive: true, mode: 0o700 })
  const id = await readFile(paths.id, 'utf8').catch(() => undefined)
  if (id === undefined) await writePrivately(paths.id, randomUUID())
  for (const file of [
    paths.superuserPassword,
    paths.applicationPassword,
    paths.webClientSecret,
    paths.issuerSecret,
  ]) {
    await secretFrom(file)
  }
  const ports = await choosePorts(paths.ports)
  await writePrivately(
    paths.configuration,
    renderConfiguration({ dataDirectory, paths, ports, listen, policies }),
  )
  return { paths, ports }
}

const policiesDirectory = fileURLToPath(new URL('../policies', import.meta.url))

/** The demo's Cedar files, absolute. Listed, as the path to them may hold characters that mean something in a glob. */
export async function demoPolicies(): Promise<string[]> {
  const names = await readdir(policiesDirectory)
  return names
    .filter((name) => name.endsWith('.cedar'))
    .toSorted()
    .map((name) => join(policiesDirectory, name))
}
