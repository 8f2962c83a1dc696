/** Programs that end-to-end tests use and npm does not bring. As root on Debian they are installed, elsewhere named. */
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { capture } from './process.mjs'

const tools = [
  { name: 'psql', package: 'postgresql-client', for: 'the tests with a stock psql' },
  { name: 'pgbench', package: 'postgresql-contrib', for: 'the tests under load' },
  { name: 'pgbouncer', package: 'pgbouncer', for: 'the comparison in npm run bench' },
  { name: 'chromium', package: 'chromium', for: 'the tests of the web app in a browser' },
]

/** Installs what is missing where it may. Returns what is missing still. */
export async function ensureTools() {
  const missing = tools.filter(({ name }) => !isInstalled(name))
  if (missing.length === 0) return []
  const may =
    process.getuid?.() === 0 && existsSync('/etc/debian_version') && isInstalled('apt-get')
  if (may) {
    const names = missing.map((tool) => tool.package)
    console.log(`· installing ${names.join(', ')} (apt-get)`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    await capture('apt-get', ['update', '-q'], { env })
    const installed = await capture(
      'apt-get',
      ['install', '-q', '-y', '--no-install-recommends', ...names],
      { env },
    )
    if (installed.code !== 0)
      console.log(installed.output.trimEnd().split('\n').slice(-5).join('\n'))
  }
  const still = missing.filter(({ name }) => !isInstalled(name))
  for (const tool of still) {
    console.log(`! ${tool.name} is missing (Debian: ${tool.package}): skips ${tool.for}`)
  }
  return still
}

function isInstalled(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false // Not in this folder.
    }
  })
}
