/**
 * Pictures of a terminal session's screen, one for every so much output, so that any moment is a picture and a little output away.
 * Made the first time that somebody looks that far, kept in memory for a while, and never on disk: a picture holds what was recorded,
 * and what is masked in the record later must not live on beside it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { terminalSizeDefault, type TerminalSize } from '@gatetrail/protocols'
import { GatetrailError } from '@gatetrail/schemas'
import {
  keyframeBytesMax,
  keyframeBytesMin,
  keyframesBytesMax,
  keyframesKeptMs,
  keyframesPauseMs,
  keyframesSessionsMax,
} from '../limits.ts'
import type { Questions } from '../store/question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import { terminalFrames, type TerminalPlace } from './read-terminal.ts'
import { Screen } from './screen.ts'

export type Keyframe = TerminalSize & {
  offsetMicros: number
  /** What follows it. */
  place: TerminalPlace
  state: string
}

type Making = {
  keyframes: Keyframe[]
  bytes: number
  /** Read so far; Infinity once all of it is. */
  toMicros: number
  lastSeq: number
  madeAtMs: number
  failed: unknown
  /** Called when there is more. */
  waiting: (() => void)[]
}

export class Keyframes {
  readonly #made = new Map<string, Making>()
  readonly #nowMs: () => number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** The keyframe to begin with for a moment, and the one after it. */
  async at(
    questions: Questions,
    session: ReplayedSession,
    atMicros: number,
  ): Promise<{ keyframe: Keyframe; next: Keyframe | undefined }> {
    const making = this.#of(questions, session)
    for (;;) {
      if (making.failed !== undefined) {
        this.#made.delete(session.id)
        throw making.failed
      }
      const index = making.keyframes.findLastIndex(({ offsetMicros }) => offsetMicros <= atMicros)
      const next = making.keyframes[index + 1]
      const isKnown = next !== undefined || making.toMicros === Infinity
      if (isKnown) return { keyframe: making.keyframes[Math.max(0, index)]!, next }
      await new Promise<void>((resolve) => making.waiting.push(resolve))
    }
  }

  #of(questions: Questions, session: ReplayedSession): Making {
    const now = this.#nowMs()
    const known = this.#made.get(session.id)
    const isGood = known !== undefined && now - known.madeAtMs < keyframesKeptMs
    // Of an open session: from its last picture on.
    if (isGood && (known.lastSeq >= session.lastSeq || known.toMicros !== Infinity)) return known
    if (!isGood && this.#busy >= keyframesSessionsMax)
      throw new GatetrailError('STORE_UNAVAILABLE', 'too many terminals are being prepared', {
        hint: 'Ask again in a moment.',
      })
    const making: Making = {
      keyframes: isGood ? [...known.keyframes] : [firstKeyframe],
      bytes: isGood ? known.bytes : 0,
      toMicros: 0,
      lastSeq: session.lastSeq,
      madeAtMs: isGood ? known.madeAtMs : now,
      failed: undefined,
      waiting: [],
    }
    this.#made.delete(session.id)
    this.#made.set(session.id, making)
    void make(questions, session, making).finally(() => {
      this.#forgetOld()
      wake(making)
    })
    return making
  }

  get #busy(): number {
    return [...this.#made.values()].filter(({ toMicros, failed }) => toMicros !== Infinity && failed === undefined).length // prettier-ignore
  }

  /** Those that were made first go first. */
  #forgetOld(): void {
    const now = this.#nowMs()
    let bytes = [...this.#made.values()].reduce((sum, made) => sum + made.bytes, 0)
    for (const [session, made] of this.#made) {
      if (made.toMicros !== Infinity) continue
      const isOld = now - made.madeAtMs >= keyframesKeptMs
      if (!isOld && bytes <= keyframesBytesMax) continue
      bytes -= made.bytes
      this.#made.delete(session)
    }
  }
}

const firstKeyframe: Keyframe = {
  ...terminalSizeDefault,
  ...{ offsetMicros: 0, place: { seq: 0, fragment: 0 }, state: '' },
}

async function make(questions: Questions, session: ReplayedSession, making: Making): Promise<void> {
  const from = making.keyframes.at(-1) ?? firstKeyframe
  const screen = new Screen(from, from.state)
  try {
    let output = 0
    let spread = 1
    for await (const frames of terminalFrames(questions, session, from.place)) {
      for (const frame of frames) {
        const last = making.keyframes.at(-1) ?? firstKeyframe
        const isDue =
          output >= keyframeBytesMax * spread ||
          (output >= keyframeBytesMin * spread && screen.isPlain)
        if (isDue && screen.atRest && frame.offsetMicros > last.offsetMicros) {
          const state = await screen.picture()
          if (state !== undefined) {
            const { seq, fragment, offsetMicros } = frame
            making.keyframes.push({ ...screen.size, offsetMicros, place: { seq, fragment }, state })
            making.bytes += state.length * 2
            if (making.bytes > keyframesBytesMax / keyframesSessionsMax) {
              thin(making)
              spread *= 2
            }
            output = 0
            wake(making)
          }
        }
        making.toMicros = frame.offsetMicros
        output += frame.bytes.length
        await screen.take(frame)
      }
      await screen.drawn()
      // Who looks at the beginning is not kept waiting by pictures of the end.
      if (making.waiting.length === 0) await sleep(keyframesPauseMs)
    }
    making.toMicros = Infinity
  } catch (error) {
    making.failed = error
  } finally {
    screen.close()
  }
}

/** Every second one goes, not the first: a very long session has pictures that are further apart. */
function thin(making: Making): void {
  making.keyframes = making.keyframes.filter((_keyframe, index) => index % 2 === 0)
  making.bytes = making.keyframes.reduce((sum, { state }) => sum + state.length * 2, 0)
}

function wake(making: Making): void {
  for (const resolve of making.waiting.splice(0)) resolve()
}
