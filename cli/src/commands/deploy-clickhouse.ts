/** gatetrail deploy clickhouse: database, tables, retention, and the roles of ingest and replay. */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { DeployStoreReport, StoreUser } from '@gatetrail/ingest'
import { GatetrailError } from '@gatetrail/schemas'
import type { Command } from 'commander'
import { loadConfiguration } from '../configuration/load.ts'
import { readStoreSettings } from '../configuration/store-settings.ts'
import type { CommandContext } from './context.ts'

type Options = {
  config: string
  cluster?: string
  dryRun?: true
  json?: true
  ingestUser?: string
  ingestPasswordFile?: string
  replayUser?: string
  replayPasswordFile?: string
}

export function registerDeployClickhouse(deploy: Command, context: CommandContext): void {
  deploy
    .command('clickhouse')
    .description(
      'make the database, tables and roles of `store`, and keep rows as long as `retention` says; logs in as store.user, an administrator',
    )
    .option('--config <file>', 'the configuration', 'gatetrail.yaml')
    .option('--cluster <name>', 'instead of store.cluster')
    .option('--dry-run', 'only print the statements for an empty server; nothing is connected to')
    .option('--ingest-user <name>', 'give this user the role of ingest')
    .option('--ingest-password-file <file>', 'make the user with the password in this file')
    .option('--replay-user <name>', 'give this user the role of replay, which only reads')
    .option('--replay-password-file <file>', 'make the user with the password in this file')
    .option('--json', 'print one JSON object')
    .action(async (options: Options) => {
      const { statements, report } = await deployAsAsked(options, context)
      if (options.json === true) context.print(JSON.stringify(report ?? { statements }))
      else if (report === undefined)
        for (const statement of statements) context.print(`${statement};\n`)
      else for (const line of linesOf(report)) context.print(line)
    })
}

async function deployAsAsked(
  options: Options,
  context: CommandContext,
): Promise<{ statements: string[]; report?: DeployStoreReport }> {
  const { configuration, file } = await loadConfiguration(options.config, context.workingDirectory)
  const { store, retention } = configuration
  if (store === undefined) {
    throw new GatetrailError('CONFIG_INVALID', `${options.config} has no store`, {
      hint: 'Without it the event store is embedded, and makes its tables itself.',
    })
  }
  const sources = { environment: context.environment, configurationDirectory: dirname(file) }
  const asked = {
    ...store,
    ...(options.cluster !== undefined && { cluster: clusterOf(options.cluster) }),
  }
  const dryRun = options.dryRun === true
  const { password: _password, reader: _reader, ...withoutSecrets } = asked
  const settings = await readStoreSettings(
    dryRun ? withoutSecrets : asked,
    retention,
    sources,
    'writer',
  )
  const ingest = await userOf(options.ingestUser, options.ingestPasswordFile, context, dryRun)
  const replay = await userOf(options.replayUser, options.replayPasswordFile, context, dryRun)
  const { deployStatements, deployStore } = await import('@gatetrail/ingest')
  const all = { settings, ...(ingest && { ingest }), ...(replay && { replay }) }
  const statements = deployStatements(all)
  return dryRun ? { statements } : { statements, report: await deployStore(all) }
}

function clusterOf(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name
  throw new GatetrailError('USAGE', 'the name of a cluster is an identifier')
}

async function userOf(
  name: string | undefined,
  passwordFile: string | undefined,
  { workingDirectory }: CommandContext,
  dryRun: boolean,
): Promise<StoreUser | undefined> {
  if (name === undefined) {
    if (passwordFile === undefined) return undefined
    throw new GatetrailError('USAGE', 'a password file without the name of a user')
  }
  if (passwordFile === undefined) return { name }
  if (dryRun) return { name, password: '' } // Shown as ***: not even read.
  let password: string
  try {
    password = (await readFile(resolve(workingDirectory, passwordFile), 'utf8')).replace(
      /\r?\n$/,
      '',
    )
  } catch (cause) {
    throw new GatetrailError('CREDENTIAL_UNAVAILABLE', `${passwordFile} cannot be read`, { cause })
  }
  if (password === '')
    throw new GatetrailError('CREDENTIAL_UNAVAILABLE', `${passwordFile} is empty`)
  return { name, password }
}

function linesOf({ migrations, retention, roles }: DeployStoreReport): string[] {
  return [
    migrations.length === 0 ? 'Tables: as they must be' : `Tables: ${migrations.join(', ')}`,
    ...retention.map(
      ({ table, fromDays, toDays }) =>
        `${table}: kept ${toDays} days${fromDays === undefined ? '' : `, before: ${fromDays}`}`,
    ),
    `Roles: ${roles.join(', ')}`,
  ]
}
