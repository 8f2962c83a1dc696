/** Answers of long tasks: one JSON object per line while they go on. */
import { isGatetrailError } from '@gatetrail/schemas'
import { statusOf } from '../errors.ts'

const linesWaitingMax = 20_000
const aliveIntervalMs = 10_000

/** Lines of JSON that a long task makes while they are sent. Its error is the last line: the status has gone out. */
export class Lines implements AsyncIterable<string> {
  readonly #lines: string[] = []
  #done = false
  #wake: (() => void) | undefined

  write(line: object): void {
    // Failures are bounded by the verifier; progress is dropped for a client that does not read.
    if (this.#lines.length < linesWaitingMax) this.#lines.push(`${JSON.stringify(line)}\n`)
    this.#wake?.()
  }

  run<Result>(task: () => Promise<Result>, last: (result: Result) => object): void {
    // At once and again and again: nobody on the way takes a long task for a dead connection.
    this.write({ type: 'progress' })
    const alive = setInterval(() => this.write({ type: 'progress' }), aliveIntervalMs)
    task()
      .then((result) => this.write(last(result)))
      .catch((error: unknown) => this.write(errorLine(error)))
      .finally(() => {
        clearInterval(alive)
        this.#done = true
        this.#wake?.()
      })
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, void> {
    for (;;) {
      const line = this.#lines.shift()
      if (line !== undefined) yield line
      else if (this.#done) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

function errorLine(error: unknown): object {
  if (!isGatetrailError(error))
    return { type: 'error', error: { code: 'INTERNAL', message: 'this is a bug of Gatetrail' } }
  const { code, message, hint } = error
  return { type: 'error', status: statusOf(code), error: { code, message, hint } }
}
