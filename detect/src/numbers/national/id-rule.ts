/** What a number consists of that a state gives to people: how it is written, what checks it, which words name it. Tables of them: this folder. */
import type { TouchLevel } from '@gatetrail/schemas'
import type { BuiltInEntity } from '../../ruleset.ts'
import type { NearWords } from '../../near.ts'

export type IdRule = {
  /** `es_nif`: of the finding's `detector`. */
  readonly name: string
  /** Default: NATIONAL_ID. */
  readonly entity?: BuiltInEntity
  /** How it is written: `0` for a digit, `A` for a letter, `*` for either; all else stands for itself. */
  readonly forms: readonly string[]
  /** Of the characters that are no separators: digits as 0 to 9, letters as 10 to 35. */
  readonly isValid: (text: Uint8Array) => boolean
  /** Words that name it. */
  readonly words: NearWords
  /** How sure it is beside such a word; default `certain`, `likely` if nothing is checked but the form. */
  readonly named?: TouchLevel
  /** How sure it is with nothing beside it, in a form without separators and in one with them; without: no finding. */
  readonly plain?: TouchLevel
  readonly printed?: TouchLevel
}
