/**
 * How commands ask the replay API: the address and the token from the environment, else the platform of this machine with its
 * local token. The CLI never opens the store or the journals itself.
 */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { demoPaths } from '@gatetrail/demo'
import { ApiError, createClient, type Client } from '@gatetrail/replay-api'
import { dataFiles, errorCodes, GatetrailError, type ErrorCode } from '@gatetrail/schemas'
import { loadConfiguration } from '../configuration/load.ts'
import { defaultDataDirectory, type CommandContext } from './context.ts'

export type ApiOptions = { config?: string; dataDir?: string }

const answerTimeoutMs = 120_000
const unreachableHint = 'Start the platform (gatetrail up), or set GATETRAIL_URL to where it runs.'

/** What it throws is a GatetrailError: API_UNREACHABLE, or what the API says. */
export async function openApi(context: CommandContext, options: ApiOptions): Promise<Client> {
  const { base, token } = await whereIsIt(context, options)
  const client = createClient({ base, token, timeoutMs: answerTimeoutMs, unreachableHint })
  return {
    ask: async (op, asked, signal) => {
      try {
        return await client.ask(op, asked, signal)
      } catch (cause) {
        throw asError(cause)
      }
    },
    async *lines(op, asked, signal) {
      try {
        yield* client.lines(op, asked, signal)
      } catch (cause) {
        throw asError(cause)
      }
    },
  }
}

/** For an option `--config`, else that of the demo. */
async function whereIsIt(
  context: CommandContext,
  options: ApiOptions,
): Promise<{ base: string; token: string }> {
  const { GATETRAIL_URL: address, GATETRAIL_TOKEN: token } = context.environment
  if (address !== undefined && !/^https?:\/\//.test(address)) {
    throw new GatetrailError('USAGE', 'GATETRAIL_URL is no http or https address')
  }
  if (address !== undefined && token !== undefined) return { base: address, token }
  const found = await localPlatform(context, options)
  return { base: address ?? found.base, token: token ?? (await localToken(found.dataDirectory)) }
}

async function localPlatform(context: CommandContext, options: ApiOptions) {
  const dataDirectory = resolve(context.workingDirectory, options.dataDir ?? defaultDataDirectory)
  const file = options.config ?? demoPaths(dataDirectory).configuration
  try {
    const { configuration } = await loadConfiguration(file, context.workingDirectory)
    const { replay } = configuration.listen
    // What listens everywhere is reached here.
    const base = `http://${replay.replace(/^(0\.0\.0\.0|\[::\])(?=:)/, '127.0.0.1')}`
    return {
      base,
      dataDirectory:
        options.dataDir === undefined
          ? resolve(context.workingDirectory, configuration.dataDir)
          : dataDirectory,
    }
  } catch (cause) {
    if (options.config !== undefined) throw cause
    // No demo was started here: the defaults say where one would listen.
    return { base: 'http://127.0.0.1:8090', dataDirectory }
  }
}

async function localToken(dataDirectory: string): Promise<string> {
  const file = join(dataDirectory, dataFiles.localToken)
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (cause) {
    throw new GatetrailError('API_UNREACHABLE', `there is no local token at ${file}`, {
      hint: 'Start the platform (gatetrail up), name its configuration with --config, or set GATETRAIL_URL and GATETRAIL_TOKEN.',
      cause,
    })
  }
}

function asError(cause: unknown): unknown {
  if (!(cause instanceof ApiError)) return cause
  const { code, message } = cause
  const hint =
    code === 'HTTP'
      ? 'Look at the address: GATETRAIL_URL, or listen.replay in the configuration.'
      : cause.hint
  return new GatetrailError(isErrorCode(code) ? code : 'API_UNREACHABLE', message, {
    cause,
    ...(hint !== undefined && { hint }),
  })
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code)
}
