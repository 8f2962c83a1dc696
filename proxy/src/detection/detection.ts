/**
 * What this process looks for: the built-in detectors without those that are off, and the configured ones. Made once by
 * start-proxy.ts, from the configuration; given to every session. Pure.
 */
import {
  builtInRules,
  entities,
  FindingStream,
  maskSpan,
  noSpans,
  rulesetVersion,
  sameLength,
  type FindOptions,
  type Masking,
  type Span,
} from '@gatetrail/detect'
import type { DetectionConfiguration } from '@gatetrail/schemas'

export type Detection = {
  /** Findings at level `likely` and up, in order, none overlapping. */
  find(bytes: Uint8Array, start: number, end: number, options?: FindOptions): readonly Span[]
  /** What {@link find} finds of a text that comes in pieces. */
  stream(options: FindOptions): FindingStream
  /** What findings are called. */
  readonly entities: readonly string[]
  /** Recorded with every touch: it changes with what is looked for. */
  readonly version: string
  /** Columns tell what is in them by their name, type and values. */
  readonly columns: boolean
  /** How values that are not shown are masked. */
  readonly masking: Masking
}

export function createDetection(
  { off, columns }: DetectionConfiguration,
  masking: Masking = sameLength,
): Detection {
  const isOff = new Set<string>(off)
  return {
    find(bytes, start, end, options) {
      const spans = builtInRules.find(bytes, start, end, options)
      if (spans.length === 0 || isOff.size === 0) return spans
      const kept = spans.filter(({ entity }) => !isOff.has(entity))
      return kept.length === 0 ? noSpans : kept
    },
    stream: (options) => new FindingStream(builtInRules, options),
    entities: entities.filter((entity) => !isOff.has(entity)),
    version: rulesetVersion,
    columns,
    masking,
  }
}

/** Everything built in. */
export const fullDetection: Detection = createDetection({ off: [], columns: true, custom: [] })

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** For text that isn't on the hot path. Returns the same string if nothing is found in it. */
export function maskText(detection: Detection, text: string): string {
  const bytes = encoder.encode(text)
  const spans = detection.find(bytes, 0, bytes.length)
  if (spans.length === 0) return text
  for (const span of spans) maskSpan(bytes, span)
  return decoder.decode(bytes)
}
