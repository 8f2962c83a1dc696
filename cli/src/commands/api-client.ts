/**
 * How commands ask the replay API: the address and the token from the environment, else the platform of this machine with its
 * local token. The CLI never opens the store or the journals itself.
 */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { demoPaths } from '@gatetrail/demo'
import { dataFiles, errorCodes, GatetrailError, type ErrorCode } from '@gatetrail/schemas'
import { z } from 'zod'
import { loadConfiguration } from '../configuration/load.ts'
import { defaultDataDirectory, type CommandContext } from './context.ts'

export type ApiOptions = { config?: string; dataDir?: string }

export type ApiClient = {
  /** GET → JSON, checked. @throws GatetrailError API_UNREACHABLE, or what the API says */
  get<Answer>(path: string, query: Query, shape: z.ZodType<Answer>): Promise<Answer>
  /** POST of JSON → JSON, checked. Throws the same. */
  post<Answer>(path: string, body: object, shape: z.ZodType<Answer>): Promise<Answer>
  /** Lines of JSON as they come. */
  lines(method: 'GET' | 'POST', path: string, query: Query): AsyncGenerator<unknown, void, void>
}

export type Query = Readonly<Record<string, string | number | undefined>>

const answerTimeoutMs = 120_000

export async function openApi(context: CommandContext, options: ApiOptions): Promise<ApiClient> {
  const { base, token } = await whereIsIt(context, options)
  const request = async (
    method: 'GET' | 'POST',
    path: string,
    query: Query,
    body?: object,
  ): Promise<Response> => {
    const url = new URL(path, base)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    let response: Response
    // For the answer to begin: a verification may go on for long.
    const waiting = new AbortController()
    const timer = setTimeout(() => waiting.abort(), answerTimeoutMs)
    try {
      response = await fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        redirect: 'error',
        signal: waiting.signal,
      })
    } catch (cause) {
      throw new GatetrailError('API_UNREACHABLE', `the API at ${base} does not answer`, {
        hint: 'Start the platform (gatetrail up), or set GATETRAIL_URL to where it runs.',
        cause,
      })
    } finally {
      clearTimeout(timer)
    }
    if (!response.ok) throw await errorOf(response)
    return response
  }
  return {
    get: async (path, query, shape) =>
      shape.parse(await (await request('GET', path, query)).json()),
    post: async (path, body, shape) =>
      shape.parse(await (await request('POST', path, {}, body)).json()),
    async *lines(method, path, query) {
      const { body } = await request(method, path, query)
      if (body === null) return
      for await (const line of createInterface({ input: Readable.fromWeb(body) })) {
        const value: unknown = JSON.parse(line)
        throwIfError(value)
        yield value
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

const errorShape = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
})

async function errorOf(response: Response): Promise<GatetrailError> {
  const text = await response.text()
  try {
    return asError(errorShape.parse(JSON.parse(text)))
  } catch (cause) {
    return new GatetrailError(
      'API_UNREACHABLE',
      `what answers there is not Gatetrail (HTTP ${response.status})`,
      {
        hint: 'Look at the address: GATETRAIL_URL, or listen.replay in the configuration.',
        cause,
      },
    )
  }
}

function throwIfError(line: unknown): void {
  const parsed = errorShape.safeParse(line)
  if (parsed.success) throw asError(parsed.data)
}

function asError({ error }: z.infer<typeof errorShape>): GatetrailError {
  const { code, message, hint } = error
  return new GatetrailError(
    isErrorCode(code) ? code : 'API_UNREACHABLE',
    message,
    hint === undefined ? {} : { hint },
  )
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code)
}
