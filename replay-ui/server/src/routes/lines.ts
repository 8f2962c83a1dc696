/** Answers of long tasks: one JSON object per line while they go on. */
import { GatetrailError, isGatetrailError } from '@gatetrail/schemas'
import { statusOf } from '../errors.ts'

type Line = Readonly<Record<string, unknown>> & { type: string }

const linesWaitingMax = 20_000
const aliveIntervalMs = 10_000

/** Lines of JSON that a long task makes while they are sent. Its error is the last line: the status has gone out. */
export class Lines implements AsyncIterable<string> {
  readonly #lines: string[] = []
  /** Where only the newest counts. */
  #progress: string | undefined
  #done = false
  #cutOff = false
  #wake: (() => void) | undefined

  write(line: Line): void {
    const text = `${JSON.stringify(line)}\n`
    if (line.type === 'progress') this.#progress = text
    else if (this.#lines.length < linesWaitingMax) this.#lines.push(text)
    // Who reads nothing is cut off: an answer that lacks a line must not look like a whole one.
    else this.#cutOff = true
    this.#wake?.()
  }

  run<Result>(task: () => Promise<Result>, last: (result: Result) => Line): void {
    // At once and again and again: nobody on the way takes a long task for a dead connection.
    this.write({ type: 'progress' })
    const alive = setInterval(() => this.write({ type: 'progress' }), aliveIntervalMs)
    task()
      .then((result) => this.#end(last(result)))
      .catch((error: unknown) => this.#end(errorLine(error)))
      .finally(() => {
        clearInterval(alive)
        this.#done = true
        this.#wake?.()
      })
  }

  /** @throws GatetrailError STORE_UNAVAILABLE to end the answer of a client that reads nothing */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, void> {
    for (;;) {
      if (this.#cutOff) {
        const message = `the client has not read ${linesWaitingMax} lines`
        throw new GatetrailError('STORE_UNAVAILABLE', message, { hint: 'Ask again.' })
      }
      const line = this.#lines.shift() ?? this.#takeProgress()
      if (line !== undefined) yield line
      else if (this.#done) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  #takeProgress(): string | undefined {
    const progress = this.#progress
    this.#progress = undefined
    return progress
  }

  #end(line: Line): void {
    this.#progress = undefined // Nothing comes behind the last line.
    this.write(line)
  }
}

function errorLine(error: unknown): Line {
  if (!isGatetrailError(error))
    return { type: 'error', error: { code: 'INTERNAL', message: 'this is a bug of Gatetrail' } }
  const { code, message, hint } = error
  return { type: 'error', status: statusOf(code), error: { code, message, hint } }
}
