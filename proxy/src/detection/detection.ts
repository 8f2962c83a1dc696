/**
 * What this process looks for: the built-in detectors without those that are off, and the configured ones. Made once by
 * start-proxy.ts, from the configuration; given to every session. Pure.
 */
import {
  createRuleset,
  CustomRuleError,
  entities,
  FindingStream,
  sameLength,
  type FindOptions,
  type Masking,
  type Ruleset,
  type RulesetSettings,
  type Span,
  ValuesAhead,
} from '@gatetrail/detect'
import { GatetrailError, type DetectionConfiguration } from '@gatetrail/schemas'

export type Detection = {
  /** Findings at level `likely` and up, in order, none overlapping. */
  find(bytes: Uint8Array, start: number, end: number, options?: FindOptions): readonly Span[]
  /** What {@link find} finds of the values of rows, each for less. Shared by all: a row is looked at without a pause. */
  readonly ahead: ValuesAhead
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

/**
 * Files of words are read by then: `custom` has their words.
 * @throws GatetrailError CONFIG_INVALID for a detector that can't be used
 */
export function createDetection(
  { off, columns, custom }: DetectionConfiguration,
  masking: Masking = sameLength,
): Detection {
  const rules = rulesetOf({ off, custom })
  const named = new Set<string>([...entities, ...custom.map(({ entity }) => entity)])
  for (const entity of off) named.delete(entity)
  return {
    find: (bytes, start, end, options) => rules.find(bytes, start, end, options),
    ahead: new ValuesAhead(rules),
    stream: (options) => new FindingStream(rules, options),
    entities: [...named],
    version: rules.version,
    columns,
    masking,
  }
}

function rulesetOf(settings: RulesetSettings): Ruleset {
  try {
    return createRuleset(settings)
  } catch (error) {
    if (!(error instanceof CustomRuleError)) throw error
    const place = `detection.custom[${error.index}].${error.field}`
    throw new GatetrailError('CONFIG_INVALID', `${place}: ${error.message}`, { cause: error })
  }
}
