/** How an error reaches the terminal: one clear sentence, its code, what to do. The stack only for a bug. */
import { isGatetrailError } from '@gatetrail/schemas'
import type { Colors } from 'picocolors/types.js'

/** Lines for people. */
export function describeError(error: unknown, colors: Colors): string[] {
  if (isGatetrailError(error)) {
    const lines = [`${colors.red('error:')} ${error.message} ${colors.dim(`(${error.code})`)}`]
    if (error.hint !== undefined) lines.push(`${colors.dim('hint:')}  ${error.hint}`)
    return lines
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return [
    `${colors.red('error:')} this is a bug of Gatetrail, please report it with what follows`,
    stack,
  ]
}

/** One JSON object, for `--json`. */
export function errorAsJson(error: unknown): string {
  if (isGatetrailError(error)) {
    return JSON.stringify({
      error: { code: error.code, message: error.message, hint: error.hint },
    })
  }
  const message = error instanceof Error ? error.message : String(error)
  return JSON.stringify({ error: { code: 'BUG', message } })
}
