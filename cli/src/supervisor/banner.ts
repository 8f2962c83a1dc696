/** What `gatetrail up` prints once it runs: where to look, and commands to copy. Pure. */
import type { Configuration } from '@gatetrail/schemas'
import type { Colors } from 'picocolors/types.js'
import { splitAddress } from './ports.ts'

export function banner(running: {
  configuration: Configuration
  configurationFile: string
  demo: boolean
  /** As the user gave it: commands must repeat it. */
  dataDirectoryOption: string | undefined
  postgresDirectory: string | undefined
  colors: Colors
}): string[] {
  const { configuration, colors, demo } = running
  const { listen } = configuration
  const web = configuration.web.publicUrl ?? `http://${listen.replay}`
  const { host, port } = splitAddress(listen.postgres)
  const option = running.dataDirectoryOption
  const directory = option === undefined ? '' : ` --data-dir ${quoted(option)}`
  const connection = configuration.connections[0]?.name ?? ''
  const lines = [
    '',
    colors.bold('Gatetrail is running.'),
    '',
    `  ${colors.bold('The audit trail')}   ${colors.cyan(web)}${demo ? '   sign in as "auditor"' : ''}`,
  ]
  if (demo) {
    lines.push(
      `  ${colors.bold('Be a job')}          PGPASSWORD=$(npx gatetrail token nightly-train${directory}) \\`,
      `                      psql -h ${host} -p ${port} -d ${connection} -U nightly-train -c 'select name, ssn, email from customers limit 5'`,
    )
  } else {
    lines.push(
      `  ${colors.bold('PostgreSQL')}        ${listen.postgres}, database names: ${configuration.connections.map(({ name }) => name).join(', ')}`,
    )
  }
  lines.push(
    `  ${colors.bold('Who touched PII?')}  npx gatetrail audit pii --on today${directory}`,
    '',
    `  data in ${configuration.dataDir}${demo ? ` (PostgreSQL: ${running.postgresDirectory ?? '?'})` : ''}`,
    `  configuration ${running.configurationFile}`,
    `  health http://${listen.operations}/readyz`,
    `  Ctrl-C stops everything`,
    '',
  )
  return lines
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
