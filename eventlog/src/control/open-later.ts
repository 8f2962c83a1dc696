/**
 * The publisher's side of the control log while Kafka is away: a replay instance must start and answer questions all the same.
 * Opened behind its back, again and again, until it succeeds; until then nothing can be published. For open-control-log.ts.
 */
import { GatetrailError, type ControlObject } from '@gatetrail/schemas'
import type { Log } from '../log.ts'
import type { ControlLog, ControlPublisher } from './control-log.ts'

export type OpenedPublisher = { log: ControlLog; publisher: ControlPublisher }

/** So long the start waits for it: usually it is there. */
const firstTryMs = 5_000
const retryIntervalMs = 2_000

/** Never rejects for want of Kafka. `open` is called again until it resolves. */
export async function openLater(
  publicKey: string,
  open: () => Promise<OpenedPublisher>,
  log: Log,
): Promise<OpenedPublisher> {
  const later = new LaterPublisher(publicKey, open, log)
  let timer: NodeJS.Timeout | undefined
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, firstTryMs)
  })
  await Promise.race([later.firstTry, waited])
  clearTimeout(timer)
  return { log: later, publisher: later }
}

class LaterPublisher implements ControlLog, ControlPublisher {
  readonly publicKey: string
  readonly firstTry: Promise<void>
  readonly #open: () => Promise<OpenedPublisher>
  readonly #log: Log
  readonly #listeners = new Set<(object: ControlObject) => void>()
  #opened: OpenedPublisher | undefined
  #error: unknown
  #retry: NodeJS.Timeout | undefined
  #trying: Promise<void>
  #closed = false

  constructor(publicKey: string, open: () => Promise<OpenedPublisher>, log: Log) {
    this.publicKey = publicKey
    this.#open = open
    this.#log = log
    this.#trying = this.#try()
    this.firstTry = this.#trying
  }

  get(id: string): ControlObject | undefined {
    return this.#opened?.log.get(id)
  }

  objects(): Iterable<ControlObject> {
    return this.#opened?.log.objects() ?? []
  }

  onChange(listener: (object: ControlObject) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  contactAgeMs(): number {
    return this.#opened?.log.contactAgeMs() ?? Infinity
  }

  status(): ReturnType<ControlLog['status']> {
    return (
      this.#opened?.log.status() ?? {
        objects: 0,
        contactAgeMs: Infinity,
        refused: {},
        lastError: this.#unavailable().message,
      }
    )
  }

  prepare(
    ...draft: Parameters<ControlPublisher['prepare']>
  ): ReturnType<ControlPublisher['prepare']> {
    if (this.#opened === undefined) throw this.#unavailable()
    return this.#opened.publisher.prepare(...draft)
  }

  publish(...prepared: Parameters<ControlPublisher['publish']>): Promise<void> {
    if (this.#opened === undefined) return Promise.reject(this.#unavailable())
    return this.#opened.publisher.publish(...prepared)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#retry)
    await this.#trying
    await this.#opened?.log.close()
  }

  async #try(): Promise<void> {
    try {
      const opened = await this.#open()
      opened.log.onChange((object) => {
        for (const listener of this.#listeners) listener(object)
      })
      this.#opened = opened
      if (this.#error !== undefined) this.#log.info({}, 'the control log is open')
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (this.#error === undefined)
        this.#log.error({ error: message }, 'the control log is not open')
      this.#error = error
      if (this.#closed) return
      this.#retry = setTimeout(() => {
        this.#trying = this.#try()
      }, retryIntervalMs)
    }
  }

  #unavailable(): GatetrailError {
    return new GatetrailError('KAFKA_UNAVAILABLE', 'the control log has not been read yet', {
      hint: 'Nothing can be revoked without it: look at the brokers and at log.kafka.',
      cause: this.#error,
    })
  }
}
