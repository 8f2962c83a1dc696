/** Goes from statement to statement at the pace of the session: waits are shortened, so that a night is watched in a minute. */
import { useEffect, useState } from 'react'

export const speeds = [1, 2, 5, 10] as const
const waitMsMin = 700
const waitMsMax = 4_000

type PlaybackOptions = {
  /** Microseconds until the next statement; undefined at the end. */
  untilNextMicros: number | undefined
  /** What is shown must be there before the next one comes. */
  ready: boolean
  next: () => void
}

export function usePlayback({ untilNextMicros, ready, next }: PlaybackOptions) {
  const [wanted, setPlaying] = useState(false)
  const [speed, setSpeed] = useState<number>(1)
  const playing = wanted && untilNextMicros !== undefined

  useEffect(() => {
    if (!playing || !ready) return undefined
    const waitMs = untilNextMicros / 1_000 / speed
    const timer = setTimeout(
      next,
      Math.min(waitMsMax, Math.max(waitMsMin / Math.sqrt(speed), waitMs)),
    )
    return () => clearTimeout(timer)
  }, [playing, ready, untilNextMicros, speed, next])

  return { playing, speed, setPlaying, setSpeed }
}
