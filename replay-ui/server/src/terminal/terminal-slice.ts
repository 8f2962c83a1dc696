/** What a terminal showed from one keyframe to the next, as events that a viewer's terminal may be given. */
import {
  readExit,
  readResize,
  TerminalFilter,
  terminalTypes,
  type FilterPlace,
} from '@gatetrail/protocols'
import type { TerminalEvent } from '@gatetrail/replay-api'
import type { Questions } from '../store/question.ts'
import { terminalFrames, type TerminalFrame } from './read-terminal.ts'

/** `from.filter`: what the frames before have left; left out: nothing. */
export async function terminalEvents(
  questions: Questions,
  session: { id: string; lastSeq: number },
  from: { seq: number; filter?: FilterPlace | undefined },
  toSeq: number | undefined,
): Promise<TerminalEvent[]> {
  const events: TerminalEvent[] = []
  const filter = new TerminalFilter(from.filter)
  for await (const frames of terminalFrames(questions, session, from.seq, toSeq)) {
    for (const frame of frames) {
      const event = terminalEvent(frame, filter)
      if (event !== undefined) events.push(event)
    }
  }
  return events
}

/** Undefined where nothing is shown. `filter`: of the frames before. */
export function terminalEvent(
  { type, offsetMicros, bytes }: TerminalFrame,
  filter: TerminalFilter,
): TerminalEvent | undefined {
  if (type === terminalTypes.output) {
    const text = filter.push(bytes)
    return text === '' ? undefined : { kind: 'output', offsetMicros, text }
  }
  if (type === terminalTypes.resize) {
    const size = readResize(bytes)
    return size && { kind: 'resize', offsetMicros, ...size }
  }
  if (type === terminalTypes.exit) return { kind: 'exit', offsetMicros, status: readExit(bytes) }
  return undefined
}
