/** What a supervisor prints once all runs: where to look, and commands to copy. Pure. */
import type { Configuration } from '@gatetrail/schemas'
import type { Colors } from 'picocolors/types.js'
import type { PlatformCommand } from './plan.ts'
import { splitAddress } from './ports.ts'

type Running = {
  command: PlatformCommand
  configuration: Configuration
  configurationFile: string
  demo: boolean
  /** As the user gave it: commands must repeat it. */
  dataDirectoryOption: string | undefined
  postgresDirectory: string | undefined
  colors: Colors
  /** Signs one browser in, once; where there is no issuer for that. */
  link: string | undefined
}

export function banner(running: Running): string[] {
  const { configuration, colors, demo, command } = running
  const { listen } = configuration
  const { host, port } = splitAddress(listen.postgres)
  const option = running.dataDirectoryOption
  const directory = option === undefined ? '' : ` --data-dir ${quoted(option)}`
  const place = `${demo ? '' : ` --config ${quoted(running.configurationFile)}`}${directory}`
  const connection = configuration.connections[0]?.name ?? ''
  const lines = ['', colors.bold(command === 'up' ? 'Gatetrail is running.' : title[command]), '']
  if (command === 'up' || command === 'replay') {
    const web = configuration.web.publicUrl ?? `http://${listen.replay}`
    const signIn = demo ? '   sign in as "auditor"' : ''
    lines.push(`  ${colors.bold('The audit trail')}   ${colors.cyan(running.link ?? web)}${signIn}`)
    if (running.link !== undefined)
      lines.push(
        `                      signs one browser in, within ten minutes; another: npx gatetrail link${place}`,
      )
  }
  if (demo) {
    lines.push(
      `  ${colors.bold('Be a job')}          PGPASSWORD=$(npx gatetrail token nightly-train${directory}) \\`,
      `                      psql -h ${host} -p ${port} -d ${connection} -U nightly-train -c 'select name, ssn, email from customers limit 5'`,
    )
  } else if (command === 'up' || command === 'proxy') {
    lines.push(
      `  ${colors.bold('PostgreSQL')}        ${listen.postgres}, database names: ${configuration.connections.map(({ name }) => name).join(', ')}`,
    )
  }
  if (command === 'up' || command === 'replay') {
    lines.push(`  ${colors.bold('Who touched PII?')}  npx gatetrail audit pii --on today${place}`)
  }
  const { storeEndpoint } = configuration
  if (command === 'up' && storeEndpoint !== undefined) {
    lines.push(
      `  ${colors.bold('Grafana, BI tools')} http://${storeEndpoint.listen}, as a ClickHouse server; user ${storeEndpoint.user}, read-only`,
    )
  }
  if (command !== 'up') {
    const { log, store } = configuration
    lines.push(`  ${colors.bold('Kafka')}             ${log?.kafka.brokers.join(', ') ?? ''}`)
    if (command !== 'proxy') {
      lines.push(`  ${colors.bold('Event store')}       ${store?.url ?? ''}`)
    }
  }
  lines.push(
    '',
    `  data in ${configuration.dataDir}${demo ? ` (PostgreSQL: ${running.postgresDirectory ?? '?'})` : ''}`,
    `  configuration ${running.configurationFile}`,
    `  health http://${listen.operations}/readyz`,
    `  Ctrl-C stops everything`,
    '',
  )
  return lines
}

const title: Record<Exclude<PlatformCommand, 'up'>, string> = {
  proxy: 'Gatetrail proxy is running.',
  ingest: 'Gatetrail ingest is running.',
  replay: 'Gatetrail replay is running.',
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
