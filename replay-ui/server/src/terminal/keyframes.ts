/**
 * Pictures of a terminal session's screen, one for every so much output, so that any moment is a picture and a little output away.
 * Made in a thread of their own from when somebody looks at the session, kept in memory for a while, and never on disk: a picture
 * holds what was recorded, and what is masked in the record later must not live on beside it.
 */
import {
  keyframeBytesBeside,
  keyframesBytesMax,
  keyframesKeptMs,
  keyframesSessionsMax,
  keyframesUnaskedMs,
} from '../limits.ts'
import type { Questions } from '../store/question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import { firstKeyframe, type Keyframe, type StartMaker } from './keyframe.ts'
import { terminalBatches } from './read-terminal.ts'

type Making = {
  keyframes: Keyframe[]
  bytes: number
  spread: number
  /** Of the session, of which it has all. */
  wholeToSeq: number
  /** There is a picture of everything before. */
  toMicros: number
  isRunning: boolean
  madeAtMs: number
  askedAtMs: number
  failed: unknown
  /** Called when there is more. */
  waiting: (() => void)[]
}

export type NearKeyframe = { keyframe: Keyframe; next: Keyframe | undefined }

export class Keyframes {
  readonly #made = new Map<string, Making>()
  readonly #startMaker: StartMaker
  readonly #nowMs: () => number

  constructor(startMaker: StartMaker, nowMs: () => number) {
    this.#startMaker = startMaker
    this.#nowMs = nowMs
  }

  /**
   * The keyframe to begin with for a moment, and the one after it. Undefined: it was not made within `waitMs`, and the caller
   * may ask again.
   */
  async at(
    questions: Questions,
    session: ReplayedSession,
    atMicros: number,
    waitMs: number,
  ): Promise<NearKeyframe | undefined> {
    const making = this.#of(questions, session)
    if (making === undefined) return undefined
    const late = { is: false }
    const timer = setTimeout(() => {
      late.is = true
      wake(making)
    }, waitMs)
    try {
      for (;;) {
        if (making.failed !== undefined) {
          this.#made.delete(session.id)
          throw making.failed
        }
        const index = making.keyframes.findLastIndex(({ offsetMicros }) => offsetMicros <= atMicros)
        const next = making.keyframes[index + 1]
        const isKnown = next !== undefined || making.wholeToSeq >= session.lastSeq
        if (isKnown) return { keyframe: making.keyframes[Math.max(0, index)]!, next }
        if (late.is || !making.isRunning) return undefined
        await new Promise<void>((resolve) => making.waiting.push(resolve))
      }
    } finally {
      clearTimeout(timer)
    }
  }

  /** Up to when there are pictures of a session. */
  preparedMicros(session: string): number {
    return this.#made.get(session)?.toMicros ?? 0
  }

  /** Undefined: too many others are being made. */
  #of(questions: Questions, session: ReplayedSession): Making | undefined {
    const now = this.#nowMs()
    this.#forgetOld(now)
    const known = this.#made.get(session.id)
    if (known !== undefined) known.askedAtMs = now
    if (known?.isRunning === true || (known?.wholeToSeq ?? -1) >= session.lastSeq) return known
    const running = [...this.#made.values()].filter(({ isRunning }) => isRunning)
    if (running.length >= keyframesSessionsMax) return known
    const making: Making = known ?? {
      ...{ keyframes: [firstKeyframe], bytes: 0, spread: 1, wholeToSeq: -1, toMicros: 0 },
      ...{ isRunning: true, madeAtMs: now, askedAtMs: now, failed: undefined, waiting: [] },
    }
    making.isRunning = true
    this.#made.set(session.id, making)
    void this.#make(questions, session, making)
    return making
  }

  /** From its last picture on, as long as somebody looks. */
  async #make(questions: Questions, session: ReplayedSession, making: Making): Promise<void> {
    const from = making.keyframes.at(-1) ?? firstKeyframe
    const maker = this.#startMaker(from)
    try {
      // One is drawn while the next one is read.
      let drawing: Promise<void> | undefined
      for await (const batch of terminalBatches(questions, session, from.seq)) {
        await drawing
        if (this.#nowMs() - making.askedAtMs >= keyframesUnaskedMs) return
        if (this.#made.get(session.id) !== making) return
        const lastMicros = batch.offsets.at(-1) ?? making.toMicros
        drawing = maker.take(batch, making.spread).then((keyframes) => {
          add(making, keyframes)
          making.toMicros = lastMicros
          wake(making)
        })
        // Its failure is met at its await.
        drawing.catch(() => undefined)
      }
      await drawing
      making.wholeToSeq = session.lastSeq
    } catch (error) {
      making.failed = error
    } finally {
      maker.close()
      making.isRunning = false
      wake(making)
    }
  }

  /** Those that were made first go first. */
  #forgetOld(now: number): void {
    let bytes = [...this.#made.values()].reduce((sum, made) => sum + made.bytes, 0)
    for (const [session, made] of this.#made) {
      const isOld = now - made.madeAtMs >= keyframesKeptMs
      if (!isOld && (made.isRunning || bytes <= keyframesBytesMax)) continue
      bytes -= made.bytes
      this.#made.delete(session)
    }
  }
}

function add(making: Making, keyframes: readonly Keyframe[]): void {
  making.keyframes.push(...keyframes)
  making.bytes += bytesOf(keyframes)
  if (making.bytes <= keyframesBytesMax / keyframesSessionsMax) return
  // Every second one goes, not the first: a very long session has pictures that are further apart.
  making.keyframes = making.keyframes.filter((_keyframe, index) => index % 2 === 0)
  making.bytes = bytesOf(making.keyframes)
  making.spread *= 2
}

function bytesOf(keyframes: readonly Keyframe[]): number {
  return keyframes.reduce((sum, { state }) => sum + state.length + keyframeBytesBeside, 0)
}

function wake(making: Making): void {
  for (const resolve of making.waiting.splice(0)) resolve()
}
