/** A terminal at a moment: exact where its pictures are made, else from its last output. */
import { keyframeWaitMs } from '../limits.ts'
import type { TerminalSlice } from '@gatetrail/replay-api'
import type { Questions } from '../store/question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import { unpacked } from './keyframe.ts'
import type { Keyframes, NearKeyframe } from './keyframes.ts'
import { nearPlace } from './near-place.ts'
import type { TerminalBlocks } from './terminal-blocks.ts'
import { terminalEvents } from './terminal-slice.ts'

export async function terminalMoment(
  questions: Questions,
  session: ReplayedSession,
  { keyframes, blocksOf }: { keyframes: Keyframes; blocksOf: TerminalBlocks },
  atMicros: number,
): Promise<TerminalSlice> {
  const { id, ended, durationMicros } = session
  const exact = async ({ keyframe, end }: NearKeyframe): Promise<TerminalSlice> => {
    const { offsetMicros, columns, rows, state } = keyframe
    return {
      ...{ session: id, ended, durationMicros, isExact: true },
      preparedMicros: keyframes.preparedMicros(id),
      keyframe: { offsetMicros, columns, rows, state: unpacked(state) },
      events: await terminalEvents(questions, session, keyframe, end?.seq),
      nextMicros: end?.offsetMicros ?? null,
    }
  }
  const made = await keyframes.at(questions, session, atMicros, 0)
  if (made !== undefined) return exact(made)
  const near = await nearPlace(questions, session, await blocksOf.of(questions, session), atMicros)
  // From the beginning on nothing is missing.
  const isExact = near.fromSeq === 0
  const found = isExact ? undefined : await keyframes.at(questions, session, atMicros, keyframeWaitMs) // prettier-ignore
  if (found !== undefined) return exact(found)
  const { columns, rows, offsetMicros, nextMicros } = near
  return {
    ...{ session: id, ended, durationMicros, isExact, nextMicros },
    preparedMicros: keyframes.preparedMicros(id),
    keyframe: { offsetMicros, columns, rows, state: '' },
    events: await terminalEvents(questions, session, { seq: near.fromSeq }, near.toSeq),
  }
}
