/** One thread for the pictures of all terminals, while there are any to make: the server answers others meanwhile. */
import { Worker } from 'node:worker_threads'
import { GatetrailError } from '@gatetrail/schemas'
import { keyframeThreadHeapMiB, keyframeThreadIdleMs } from '../limits.ts'
import { DrawKeyframes } from './draw-keyframes.ts'
import type { Keyframe, KeyframeMaker, StartMaker } from './keyframe.ts'
import type { TerminalBatch } from './read-terminal.ts'

export type ToThread =
  | { kind: 'begin'; terminal: number; from: Keyframe }
  | { kind: 'take'; terminal: number; batch: TerminalBatch; spread: number }
  | { kind: 'end'; terminal: number }
export type FromThread =
  { terminal: number; keyframes: Keyframe[] } | { terminal: number; failed: string }

type Waiting = { resolve: (keyframes: Keyframe[]) => void; reject: (error: Error) => void }

const isBuilt = import.meta.url.endsWith('.js')

/** Sources that were not built have no file that a thread could run: then in this one. */
export function startMaker(): StartMaker {
  const thread = new KeyframeThread()
  return isBuilt ? (from) => thread.start(from) : (from) => new DrawKeyframes(from)
}

class KeyframeThread {
  #worker: Worker | undefined
  #idle: NodeJS.Timeout | undefined
  #terminals = 0
  readonly #open = new Set<number>()
  /** One at a time per terminal. */
  readonly #waiting = new Map<number, Waiting>()

  start(from: Keyframe): KeyframeMaker {
    const terminal = this.#terminals++
    clearTimeout(this.#idle)
    const worker = (this.#worker ??= this.#begin())
    this.#open.add(terminal)
    const send = (message: ToThread, given: ArrayBuffer[] = []): void =>
      worker.postMessage(message, given)
    send({ kind: 'begin', terminal, from })
    return {
      take: (batch, spread) =>
        new Promise((resolve, reject) => {
          if (this.#worker !== worker) {
            reject(threadEnded())
            return
          }
          this.#waiting.set(terminal, { resolve, reject })
          send({ kind: 'take', terminal, batch, spread }, [batch.payload.buffer])
        }),
      close: () => {
        send({ kind: 'end', terminal })
        this.#open.delete(terminal)
        if (this.#open.size === 0) this.#endSoon()
      },
    }
  }

  #begin(): Worker {
    const worker = new Worker(new URL('./keyframe-worker.js', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: keyframeThreadHeapMiB },
    })
    // A process that ends does not wait for pictures.
    worker.unref()
    worker.on('message', (message: FromThread) => {
      const waiting = this.#waiting.get(message.terminal)
      this.#waiting.delete(message.terminal)
      if ('failed' in message) waiting?.reject(new Error(message.failed))
      else waiting?.resolve(message.keyframes)
    })
    worker.on('error', (error) => this.#ended(worker, error))
    worker.on('exit', () => this.#ended(worker, undefined))
    return worker
  }

  #ended(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#open.clear()
    for (const { reject } of this.#waiting.values()) reject(threadEnded(cause))
    this.#waiting.clear()
  }

  #endSoon(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => {
      const worker = this.#worker
      this.#worker = undefined
      void worker?.terminate()
    }, keyframeThreadIdleMs)
    this.#idle.unref()
  }
}

function threadEnded(cause?: unknown): GatetrailError {
  return new GatetrailError('STORE_UNAVAILABLE', 'the terminal could not be drawn', {
    hint: 'Ask again in a moment; if it lasts, look at the log of the audit process.',
    cause,
  })
}
