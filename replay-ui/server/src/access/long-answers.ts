/**
 * Answers that go on for long, such as a file: one is cut off once its caller may not have it any more. Its reader sees a broken
 * connection, not the end of a file.
 */
import type { ServerResponse } from 'node:http'
import { longAnswerCheckMs } from '../limits.ts'

export type LongAnswer = {
  response: ServerResponse
  mayFinish(): boolean
  /** Before it is cut: puts that on record. */
  onCut(): void
}

export function watchLongAnswer({ response, mayFinish, onCut }: LongAnswer): void {
  const timer = setInterval(() => {
    if (mayFinish()) return
    clearInterval(timer)
    onCut()
    response.destroy()
  }, longAnswerCheckMs)
  response.once('close', () => clearInterval(timer))
}
