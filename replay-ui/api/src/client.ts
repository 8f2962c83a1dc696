/** Asks the API: one request per operation, its answer checked. For the browser (a cookie) and for Node (a token); only `fetch` is needed. */
import type { z } from 'zod'
import { errorShape } from './common.ts'
import type { AnswerOf, Asked, Operation } from './operation.ts'

/** A header that no form and no foreign page can send: the server asks for it where a cookie would change something. */
export const csrfHeader = 'x-gatetrail-request'

/** Why there is no answer. `status` 0: the server could not be reached. */
export class ApiError extends Error {
  readonly status: number
  /** One of ours, or API_UNREACHABLE, ANSWER_UNEXPECTED, HTTP. */
  readonly code: string
  readonly hint: string | undefined

  constructor(status: number, code: string, message: string, hint?: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.hint = hint
  }
}

export type ClientOptions = {
  /** Left out: the page's own origin. */
  base?: string
  /** A bearer token; left out: the browser's cookie. */
  token?: string
  /** For an answer to begin, in ms. */
  timeoutMs?: number
  /** What a person does about a server that can't be reached. */
  unreachableHint: string
}

export type Client = {
  /** @throws ApiError */
  ask<Op extends Operation>(op: Op, asked: Asked<Op>, signal?: AbortSignal): Promise<AnswerOf<Op>>
  /** Of an operation with `stream: 'lines'`: each as it comes. @throws ApiError, also of a line that tells of one */
  lines<Op extends Operation>(
    op: Op,
    asked: Asked<Op>,
    signal?: AbortSignal,
  ): AsyncGenerator<AnswerOf<Op>, void, void>
}

/** The address of an operation: what is undefined is left out of the query. */
export function addressOf<Op extends Operation>(op: Op, asked: Asked<Op>): string {
  const { params, query }: { params?: unknown; query?: unknown } = asked as object
  const path = op.path.replace(/:(\w+)/g, (_all, name: string) =>
    encodeURIComponent(String(entriesOf(params).get(name))),
  )
  const search = new URLSearchParams()
  for (const [name, value] of entriesOf(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) search.append(name, String(one))
    }
  }
  return search.size === 0 ? path : `${path}?${search}`
}

function entriesOf(part: unknown): Map<string, unknown> {
  return new Map(typeof part === 'object' && part !== null ? Object.entries(part) : [])
}

export function createClient(options: ClientOptions): Client {
  const send = async <Op extends Operation>(
    op: Op,
    asked: Asked<Op>,
    signal: AbortSignal | undefined,
  ): Promise<Response> => {
    const { body }: { body?: unknown } = asked as object
    const address = addressOf(op, asked)
    const waiting = new AbortController()
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => waiting.abort(), options.timeoutMs)
    const stop = signal === undefined ? waiting.signal : AbortSignal.any([signal, waiting.signal])
    let response: Response
    try {
      response = await fetch(
        options.base === undefined ? address : new URL(address, options.base),
        {
          method: op.method,
          headers: {
            ...(options.token === undefined
              ? op.method !== 'GET' && { [csrfHeader]: 'web' }
              : { authorization: `Bearer ${options.token}` }),
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          credentials: 'same-origin',
          redirect: 'error',
          signal: stop,
        },
      )
    } catch (cause) {
      if (signal?.aborted === true) throw cause
      const where =
        options.base === undefined ? 'The Gatetrail server' : `the API at ${options.base}`
      throw new ApiError(
        0,
        'API_UNREACHABLE',
        `${where} does not answer`,
        options.unreachableHint,
        cause,
      )
    } finally {
      clearTimeout(timer)
    }
    if (response.ok) return response
    const text = await response.text().catch(() => '')
    throw errorIn(parsedJson(text), response.status) ?? notOurs(response.status)
  }
  return {
    ask: async (op, asked, signal) => {
      const response = await send(op, asked, signal)
      const body: unknown = await response.json().catch(() => undefined)
      return checked(op, body)
    },
    async *lines(op, asked, signal) {
      const { body } = await send(op, asked, signal)
      if (body === null) return
      for await (const line of linesOf(body)) {
        const value = parsedJson(line)
        const failed = errorIn(value, 200)
        if (failed !== undefined) throw failed
        yield checked(op, value)
      }
    },
  }
}

function checked<Op extends Operation>(op: Op, value: unknown): AnswerOf<Op> {
  const parsed: z.ZodSafeParseResult<unknown> = op.answer.safeParse(value)
  if (parsed.success) return parsed.data as AnswerOf<Op>
  const [issue] = parsed.error.issues
  throw new ApiError(
    200,
    'ANSWER_UNEXPECTED',
    `the answer to ${op.path} has an unexpected shape (${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown'})`,
    'This and the server are of different versions: reload the page, or use the same release on both sides.',
  )
}

function errorIn(value: unknown, status: number): ApiError | undefined {
  const parsed = errorShape.safeParse(value)
  if (!parsed.success) return undefined
  const { code, message, hint } = parsed.data.error
  return new ApiError(status, code, message, hint)
}

function notOurs(status: number): ApiError {
  return new ApiError(status, 'HTTP', `what answers there is not Gatetrail (HTTP ${status})`)
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      rest += decoder.decode(value, { stream: !done })
      const lines = rest.split('\n')
      rest = done ? '' : (lines.pop() ?? '')
      for (const line of lines) if (line !== '') yield line
      if (done) return
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
