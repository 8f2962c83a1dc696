/**
 * Pictures of a terminal session's screen, one for every so much output, so that any moment is a picture and a little output away.
 * Made in a thread of their own from when somebody looks at the session, kept in memory for a while, and never on disk: a picture
 * holds what was recorded, and what is masked in the record later must not live on beside it. Pictures of a session in which something was
 * masked since are not shown.
 */
import {
  keyframeBytesBeside,
  keyframesBytesMax,
  keyframesForgetMs,
  keyframesKeptMs,
  keyframesSessionsMax,
  keyframesUnaskedMs,
} from '../limits.ts'
import type { Questions } from '../store/question.ts'
import { redactionsOf } from '../store/redactions-question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import { firstKeyframe, type Keyframe, type KeyframeMaker, type StartMaker } from './keyframe.ts'
import { terminalBatches, type TerminalBatch } from './read-terminal.ts'

export type Place = { seq: number; offsetMicros: number }

type Making = {
  keyframes: Keyframe[]
  bytes: number
  spread: number
  /** Of the session, of which it has all. */
  wholeToSeq: number
  /** Everything before is drawn: so far the last picture goes, with what came since. */
  drawn: Place
  /** Of the record that they were made of, or of an older one. Undefined: nothing is drawn yet. */
  redactions: number | undefined
  isRunning: boolean
  endedAtMs: number
  askedAtMs: number
  failed: unknown
  /** Called when there is more. */
  waiting: (() => void)[]
}

/** `end`: up to where what follows the keyframe is all that was shown; undefined: to the end of the session. */
export type NearKeyframe = { keyframe: Keyframe; end: Place | undefined }

export class Keyframes {
  readonly #made = new Map<string, Making>()
  readonly #startMaker: StartMaker
  readonly #nowMs: () => number
  #forgetting: NodeJS.Timeout | undefined

  constructor(startMaker: StartMaker, nowMs: () => number) {
    this.#startMaker = startMaker
    this.#nowMs = nowMs
  }

  /**
   * The keyframe to begin with for a moment, and how far it goes. Undefined: it was not made within `waitMs`, and the caller
   * may ask again.
   */
  async at(
    questions: Questions,
    session: ReplayedSession,
    atMicros: number,
    waitMs: number,
  ): Promise<NearKeyframe | undefined> {
    if (this.#made.get(session.id)?.redactions !== undefined)
      await this.#forgetRedacted(questions, session.id)
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
        const keyframe = making.keyframes[Math.max(0, index)]!
        const next = making.keyframes[index + 1]
        if (next !== undefined) return { keyframe, end: next }
        if (making.wholeToSeq >= session.lastSeq) return { keyframe, end: undefined }
        if (making.drawn.offsetMicros > atMicros) return { keyframe, end: making.drawn }
        if (late.is || !making.isRunning) return undefined
        await new Promise<void>((resolve) => making.waiting.push(resolve))
      }
    } finally {
      clearTimeout(timer)
    }
  }

  /** Up to when there are pictures of a session. */
  preparedMicros(session: string): number {
    return this.#made.get(session)?.drawn.offsetMicros ?? 0
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
      ...{ keyframes: [firstKeyframe], bytes: 0, spread: 1, wholeToSeq: -1 },
      ...{ drawn: { seq: 0, offsetMicros: 0 }, redactions: undefined },
      ...{ isRunning: true, endedAtMs: now, askedAtMs: now, failed: undefined, waiting: [] },
    }
    making.isRunning = true
    making.failed = undefined
    this.#made.set(session.id, making)
    void this.#make(questions, session, making)
    return making
  }

  /** From its last picture on, as long as somebody looks. */
  async #make(questions: Questions, session: ReplayedSession, making: Making): Promise<void> {
    const from = making.keyframes.at(-1) ?? firstKeyframe
    let maker: KeyframeMaker | undefined
    // One is drawn while the next one is read.
    let drawing: Promise<void> | undefined
    try {
      // First: what is masked while they are made counts as masked since.
      making.redactions ??= await redactionsOf(questions, session.id)
      maker = this.#startMaker(from)
      for await (const batch of terminalBatches(questions, session, from.seq)) {
        await drawing
        if (this.#nowMs() - making.askedAtMs >= keyframesUnaskedMs) return
        if (this.#made.get(session.id) !== making) return
        const drawn = drawnAfter(batch)
        drawing = maker.take(batch, making.spread).then((keyframes) => {
          add(making, keyframes)
          if (drawn !== undefined && drawn.seq > making.drawn.seq) making.drawn = drawn
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
      // A maker is not closed while it draws.
      await Promise.allSettled([drawing])
      maker?.close()
      making.isRunning = false
      making.endedAtMs = this.#nowMs()
      this.#forgetSoon()
      wake(making)
    }
  }

  async #forgetRedacted(questions: Questions, session: string): Promise<void> {
    const made = this.#made.get(session)
    const redactions = await redactionsOf(questions, session)
    if (made !== undefined && redactions !== made.redactions && this.#made.get(session) === made)
      this.#made.delete(session)
  }

  /** Also where nobody asks any more. */
  #forgetSoon(): void {
    if (this.#forgetting !== undefined) return
    this.#forgetting = setTimeout(() => {
      this.#forgetting = undefined
      this.#forgetOld(this.#nowMs())
      if (this.#made.size > 0) this.#forgetSoon()
    }, keyframesForgetMs)
    this.#forgetting.unref()
  }

  /** Those that were made first go first. */
  #forgetOld(now: number): void {
    let bytes = [...this.#made.values()].reduce((sum, made) => sum + made.bytes, 0)
    for (const [session, made] of this.#made) {
      if (made.isRunning) continue
      const isOld = now - made.endedAtMs >= keyframesKeptMs
      if (!isOld && bytes <= keyframesBytesMax) continue
      bytes -= made.bytes
      this.#made.delete(session)
    }
  }
}

/** The last frame's time is left to the next batch: it may hold more of that time. */
function drawnAfter({ seqs, offsets }: TerminalBatch): Place | undefined {
  const [seq, offsetMicros] = [seqs.at(-1), offsets.at(-1)]
  return seq === undefined || offsetMicros === undefined
    ? undefined
    : { seq: seq + 1, offsetMicros }
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
