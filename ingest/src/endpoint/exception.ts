/** An exception as a ClickHouse server answers it: code, sentence and name, and the HTTP status that goes with the code. Pure. */

export class ClickHouseError extends Error {
  readonly code: number
  readonly type: string

  constructor(code: number, type: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'ClickHouseError'
    this.code = code
    this.type = type
  }
}

/** `Code: 62. DB::Exception: … (SYNTAX_ERROR)`, as chDB gives it → its parts. */
export function exceptionOf(error: unknown): ClickHouseError {
  if (error instanceof ClickHouseError) return error
  const message = error instanceof Error ? error.message : 'unknown error'
  // Wrapped ones repeat their prefix: what the innermost says.
  const parsed =
    /^(?:Code: \d+\. DB::Exception: )*Code: (\d+)\. DB::Exception: (.*?) ?\(([A-Z0-9_]+)\)(?:\s*\(version [^)]*\)\.?)?(?: ?\([A-Z0-9_]+\))?\s*$/s.exec(
      message,
    )
  if (parsed === null)
    return new ClickHouseError(1001, 'STD_EXCEPTION', message.slice(0, 2_000), { cause: error })
  const [, code, sentence = '', type = ''] = parsed
  return new ClickHouseError(Number(code), type, sentence, { cause: error })
}

export function exceptionText({ code, type, message }: ClickHouseError, version: string): string {
  return `Code: ${code}. DB::Exception: ${message} (${type}) (version ${version} (official build))\n`
}

/** As src/Server/HTTP/exceptionCodeToHTTPStatus.cpp groups them. */
export function httpStatusOf(code: number): number {
  for (const [status, codes] of statuses) if (codes.has(code)) return status
  return 500
}

const statuses: readonly (readonly [number, ReadonlySet<number>])[] = [
  [401, new Set([194])],
  [403, new Set([192, 193, 516])],
  [408, new Set([159])],
  [413, new Set([223, 12_413])],
  [501, new Set([48])],
  [503, new Set([76, 209])],
  [404, new Set([16, 44, 46, 47, 50, 52, 56, 60, 81, 115])],
  [
    400,
    new Set([
      6, 25, 26, 27, 34, 35, 36, 38, 41, 42, 43, 53, 62, 69, 72, 110, 117, 130, 131, 456, 457,
    ]),
  ],
]

/**
 * What ends the body when the status has long been sent (since 25.11): clients know it by the tag, which the header
 * `X-ClickHouse-Exception-Tag` announced.
 */
export function exceptionBlock(text: string, tag: string): string {
  const line = text.endsWith('\n') ? text : `${text}\n`
  return `\r\n__exception__\r\n${tag}\r\n${line}${Buffer.byteLength(line)} ${tag}\r\n__exception__\r\n`
}
