/** What the strip draws of a session: a bar per bucket of time, and marks. Pure. */
import type { Outline, OutlineMoment, WindowStatement } from '@gatetrail/replay-api'

/** Places and widths from 0 to 1 of the strip; heights from 0 to 1. */
export type Bar = { from: number; width: number; height: number; tone: Tone }
export type Mark = { at: number; micros: number; seq: number; tone: Tone; label: string }
export type Tone = 'plain' | 'touched' | 'error' | 'refused' | 'revealed'

export function barsOf(outline: Outline, durationMicros: number): Bar[] {
  const most = Math.max(1, ...outline.buckets.map((bucket) => amountOf(bucket)))
  return outline.buckets.map((bucket) => ({
    from: Math.min(1, (bucket.bucket * outline.bucketMicros) / durationMicros),
    width: Math.min(1, outline.bucketMicros / durationMicros),
    // By its logarithm: one statement is seen beside a thousand.
    height: 0.12 + 0.88 * (Math.log1p(amountOf(bucket)) / Math.log1p(most)),
    tone: toneOfBucket(bucket),
  }))
}

type Bucket = Outline['buckets'][number]

function amountOf({ statements, outputBytes }: Bucket): number {
  return statements + outputBytes / 64
}

function toneOfBucket({ revealed, refused, errors, touched }: Bucket): Tone {
  if (revealed > 0) return 'revealed'
  if (refused > 0) return 'refused'
  if (errors > 0) return 'error'
  return touched > 0 ? 'touched' : 'plain'
}

export function marksOf(moments: readonly OutlineMoment[], durationMicros: number): Mark[] {
  return moments.map(({ kind, seq, offsetMicros, label }) => ({
    at: Math.min(1, offsetMicros / durationMicros),
    micros: offsetMicros,
    seq,
    tone: kind === 'exit' ? 'plain' : kind,
    label: `${momentWords[kind]}${label === '' ? '' : `: ${label}`}`,
  }))
}

export const momentWords: Readonly<Record<OutlineMoment['kind'], string>> = {
  refused: 'refused',
  error: 'error',
  revealed: 'shown in clear',
  touched: 'personal data',
  exit: 'exit',
}

/** What came after the outline was drawn. */
export function laterMarks(
  tail: readonly WindowStatement[],
  afterMicros: number,
  durationMicros: number,
  toneOf: (statement: WindowStatement) => Tone,
): Mark[] {
  return tail
    .filter(({ offsetMicros }) => offsetMicros > afterMicros)
    .map((statement) => ({
      at: Math.min(1, statement.offsetMicros / durationMicros),
      micros: statement.offsetMicros,
      seq: statement.seq,
      tone: toneOf(statement),
      label: statement.text.slice(0, 80),
    }))
}

/** The mark that a pointer means: the nearest, if it is near. */
export function markNear(marks: readonly Mark[], at: number, within: number): Mark | undefined {
  let nearest: Mark | undefined
  for (const mark of marks) {
    const distance = Math.abs(mark.at - at)
    if (distance <= within && (nearest === undefined || distance < Math.abs(nearest.at - at))) {
      nearest = mark
    }
  }
  return nearest
}
