/** One request to the replay server: its answer in the shape that was asked for, or an error that can be told to a person. */
import * as z from 'zod/mini'
import { errorShape } from './shapes.ts'

// Nothing may compile code at run time: the content security policy forbids it.
z.config({ jitless: true })

export type Parameters = Readonly<Record<string, string | number | undefined>>

/** Why there is no answer. `status` 0: the server could not be reached. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string | undefined

  constructor(status: number, code: string, message: string, hint?: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.hint = hint
  }
}

/** @throws ApiError */
export async function get<Shape extends z.ZodMiniType>(
  shape: Shape,
  path: string,
  parameters: Parameters = {},
  signal?: AbortSignal,
): Promise<z.infer<Shape>> {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') query.set(name, String(value))
  }
  const text = query.size === 0 ? path : `${path}?${query}`
  const body = await send(text, { ...(signal && { signal }) })
  const parsed = shape.safeParse(body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ApiError(
    200,
    'ANSWER_UNEXPECTED',
    `The server's answer to ${path} has an unexpected shape (${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown'}).`,
    'This page and the server are of different versions: reload the page.',
  )
}

/** A state change. The header is one that no foreign page can send. @throws ApiError */
export async function post(path: string): Promise<void> {
  await send(path, { method: 'POST', headers: { 'x-gatetrail-request': 'web' } })
}

async function send(path: string, options: RequestInit): Promise<unknown> {
  let response: Response
  try {
    response = await fetch(path, { ...options, credentials: 'same-origin', redirect: 'error' })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(
      0,
      'API_UNREACHABLE',
      'The Gatetrail server does not answer.',
      'Look whether "gatetrail up" still runs, then try again.',
    )
  }
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok) return body
  const parsed = errorShape.safeParse(body)
  if (parsed.success) {
    const { code, message, hint } = parsed.data.error
    throw new ApiError(response.status, code, message, hint)
  }
  throw new ApiError(response.status, 'HTTP', `The server answered ${response.status}.`)
}
