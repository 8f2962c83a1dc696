/** The gatetrail command: what it can do, and how an error ends it. The only file that reads the environment. */
import { GatetrailError } from '@gatetrail/schemas'
import { Command, CommanderError } from 'commander'
import picocolors from 'picocolors'
import type { CommandContext } from './commands/context.ts'
import { registerAudit } from './commands/audit.ts'
import { registerControl } from './commands/control.ts'
import { registerDeploy } from './commands/deploy.ts'
import { registerHold } from './commands/hold.ts'
import { registerIngest } from './commands/ingest.ts'
import { registerKill } from './commands/kill.ts'
import { registerPolicy } from './commands/policy.ts'
import { registerProxy } from './commands/proxy.ts'
import { registerReplay } from './commands/replay.ts'
import { registerRevoke } from './commands/revoke.ts'
import { registerSessions } from './commands/sessions.ts'
import { registerSimulate } from './commands/simulate.ts'
import { registerStatements } from './commands/statements.ts'
import { registerToken } from './commands/token.ts'
import { registerUp } from './commands/up.ts'
import { registerVerify } from './commands/verify.ts'
import { describeError, errorAsJson } from './errors.ts'
import { version } from './version.ts'

const exitFailed = 1
const exitUsage = 2

const context: CommandContext = {
  environment: process.env,
  workingDirectory: process.cwd(),
  print: (line) => process.stdout.write(`${line}\n`),
  note: (line) => process.stderr.write(`${line}\n`),
  colors: picocolors.createColors(process.stdout.isTTY && process.env['NO_COLOR'] === undefined),
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
for (const register of [
  registerUp,
  registerProxy,
  registerToken,
  registerAudit,
  registerSessions,
  registerStatements,
  registerReplay,
  registerVerify,
  registerIngest,
  registerDeploy,
  registerHold,
  registerPolicy,
  registerKill,
  registerRevoke,
  registerControl,
  registerSimulate,
]) {
  register(program, context)
}

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = end(error)
}

function end(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitUsage // It has said why.
  if (process.argv.includes('--json')) context.note(errorAsJson(error))
  else {
    const colors = picocolors.createColors(process.stderr.isTTY)
    for (const line of describeError(error, colors)) context.note(line)
  }
  return error instanceof GatetrailError && error.code === 'USAGE' ? exitUsage : exitFailed
}
