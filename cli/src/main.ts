/** The gatetrail command: what it can do, and how an error ends it. The only file that reads the environment. */
import { GatetrailError } from '@gatetrail/schemas'
import { Command, CommanderError } from 'commander'
import picocolors from 'picocolors'
import type { Colors } from 'picocolors/types.js'
import type { CommandContext } from './commands/context.ts'
import { describeError, errorAsJson } from './errors.ts'
import { version } from './version.ts'

const exitFailed = 1
const exitUsage = 2

const context: CommandContext = {
  environment: process.env,
  workingDirectory: process.cwd(),
  print: (line) => process.stdout.write(`${line}\n`),
  note: (line) => process.stderr.write(`${line}\n`),
  colors: colorsFor(process.stdout),
}
// `gatetrail … | head` closes our stdout: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
})

const program = new Command('gatetrail')
  .description(
    'The enforcing, recording proxy: which job touched which personal data, with a replay.',
  )
  .version(version)
  .showHelpAfterError('(gatetrail --help, or gatetrail <command> --help)')
  .exitOverride()
/** Loaded when they are asked for: some bring half the platform, and `detect` may be run once per text. */
const commands: Readonly<
  Record<string, () => Promise<(program: Command, context: CommandContext) => void>>
> = {
  up: async () => (await import('./commands/up.ts')).registerUp,
  proxy: async () => (await import('./commands/proxy.ts')).registerProxy,
  token: async () => (await import('./commands/token.ts')).registerToken,
  link: async () => (await import('./commands/link.ts')).registerLink,
  audit: async () => (await import('./commands/audit.ts')).registerAudit,
  sessions: async () => (await import('./commands/sessions.ts')).registerSessions,
  search: async () => (await import('./commands/search.ts')).registerSearch,
  statements: async () => (await import('./commands/statements.ts')).registerStatements,
  replay: async () => (await import('./commands/replay.ts')).registerReplay,
  verify: async () => (await import('./commands/verify.ts')).registerVerify,
  detect: async () => (await import('./commands/detect.ts')).registerDetect,
  discover: async () => (await import('./commands/discover.ts')).registerDiscover,
  mask: async () => (await import('./commands/mask.ts')).registerMask,
  ingest: async () => (await import('./commands/ingest.ts')).registerIngest,
  deploy: async () => (await import('./commands/deploy.ts')).registerDeploy,
  scan: async () => (await import('./commands/scan.ts')).registerScan,
  hold: async () => (await import('./commands/hold.ts')).registerHold,
  policy: async () => (await import('./commands/policy.ts')).registerPolicy,
  kill: async () => (await import('./commands/kill.ts')).registerKill,
  revoke: async () => (await import('./commands/revoke.ts')).registerRevoke,
  control: async () => (await import('./commands/control.ts')).registerControl,
  simulate: async () => (await import('./commands/simulate.ts')).registerSimulate,
}
const asked = process.argv[2] ?? ''
const loaders = Object.hasOwn(commands, asked) ? [commands[asked]!] : Object.values(commands)
for (const load of loaders) (await load())(program, context)

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = end(error)
}

function end(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitUsage // It has said why.
  if (process.argv.includes('--json')) context.note(errorAsJson(error))
  else {
    for (const line of describeError(error, colorsFor(process.stderr))) context.note(line)
  }
  return error instanceof GatetrailError && error.code === 'USAGE' ? exitUsage : exitFailed
}

/** Colours for a terminal alone: a CI's log, a file or a pipe gets none (picocolors' own default gives them to all where `CI` is set). */
function colorsFor({ isTTY }: { isTTY?: boolean }): Colors {
  return picocolors.createColors(isTTY === true && process.env['NO_COLOR'] === undefined)
}
