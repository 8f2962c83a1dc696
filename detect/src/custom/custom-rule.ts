/** Detectors of a user's own, as the configuration has them (`detection.custom`), and what is wrong with one. */
import type { TouchLevel } from '@gatetrail/schemas'

/** One of `pattern` and `words`. */
export type CustomRule = {
  readonly entity: string
  /** In the syntax of RE2. */
  readonly pattern?: string | undefined
  /** Texts, found in any case of ASCII letters and as whole words. */
  readonly words?: readonly string[] | undefined
  /** Words of which one must stand before it on its line, or in the name of its column. Empty: no matter. */
  readonly context: readonly string[]
  readonly level: TouchLevel
}

export type CustomRuleField = 'pattern' | 'words' | 'context'

/** A rule that can't be used. `message`: a sentence for who wrote the rule. */
export class CustomRuleError extends Error {
  /** Which one, from 0. */
  readonly index: number
  readonly field: CustomRuleField

  constructor(index: number, field: CustomRuleField, message: string) {
    super(message)
    this.name = 'CustomRuleError'
    this.index = index
    this.field = field
  }
}
