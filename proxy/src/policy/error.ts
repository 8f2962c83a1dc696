/** A policy file that is refused, with its place. */
import { GatetrailError } from '@gatetrail/schemas'

export type Place = {
  file: string
  /** From 1. */
  line?: number
  /** From 1, in characters. */
  column?: number
}

/** Code POLICY_INVALID. The message starts with `file:line:column`. */
export class PolicyInvalidError extends GatetrailError {
  readonly file: string
  readonly line: number | undefined
  readonly column: number | undefined

  constructor(place: Place, what: string, options: { hint?: string; cause?: unknown } = {}) {
    const position = place.line === undefined ? '' : `:${place.line}:${place.column ?? 1}`
    super('POLICY_INVALID', `${place.file}${position}: ${what}`, options)
    this.file = place.file
    this.line = place.line
    this.column = place.column
  }
}

/** The place of a byte of a file's text: Cedar counts in UTF-8. */
export function placeOf(file: string, text: string, byteOffset: number): Required<Place> {
  const before = Buffer.from(text).subarray(0, byteOffset).toString()
  const lineStart = before.lastIndexOf('\n') + 1
  return {
    file,
    line: before.split('\n').length,
    column: [...before.slice(lineStart)].length + 1,
  }
}
