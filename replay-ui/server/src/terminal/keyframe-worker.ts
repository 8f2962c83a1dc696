/** The thread in which pictures of terminals are made. From keyframe-thread.ts. Holds what it was sent, and opens nothing. */
import { parentPort } from 'node:worker_threads'
import { DrawKeyframes } from './draw-keyframes.ts'
import type { ToThread, FromThread } from './keyframe-thread.ts'

const drawing = new Map<number, DrawKeyframes>()
const answer = (message: FromThread): void => parentPort?.postMessage(message)

parentPort?.on('message', (message: ToThread) => void take(message))

async function take(message: ToThread): Promise<void> {
  const { terminal } = message
  if (message.kind === 'begin') drawing.set(terminal, new DrawKeyframes(message.from))
  if (message.kind === 'end') {
    drawing.get(terminal)?.close()
    drawing.delete(terminal)
  }
  if (message.kind !== 'take') return
  try {
    const keyframes = await drawing.get(terminal)?.take(message.batch, message.spread)
    answer({ terminal, keyframes: keyframes ?? [] })
  } catch (error) {
    answer({ terminal, failed: error instanceof Error ? error.message : 'unknown error' })
  }
}
