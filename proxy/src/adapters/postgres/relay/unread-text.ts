/**
 * Texts in which we may see other strings than the target does. They are described as what can't be read: policy decides
 * whether such statements pass, and masking takes them for anything. From statement-forms.ts and session-state.ts.
 */
import type { StatementDescription } from '../facts/index.ts'

const backslash = 0x5c

/** Why a text can't be read; undefined: it can. */
export type UnreadReason = 'backslash' | 'encoding' | undefined

/** No text that anybody could read: described as such. */
export const unreadText = '\0'

/** Encodings that only clients may have: later bytes of a character may be ASCII (PostgreSQL documentation, "Character Set Support"). */
const unsafeEncodings = new Set([
  'BIG5',
  'GB18030',
  'GBK',
  'JOHAB',
  'SJIS',
  'SHIFT_JIS_2004',
  'UHC',
])

const readingSettings = new Set(['standard_conforming_strings', 'client_encoding', 'names', 'all'])

/** How the target reads the texts of a session. */
export class TextReading {
  /** `standard_conforming_strings` is off: a backslash may end a string where we see none. */
  #backslashesEscape = false
  /** The client's encoding has ASCII bytes inside characters. */
  #encodingUnsafe = false
  /** The session has changed one of them, or ran code that could. */
  #changed = false
  /** It may have, and since PostgreSQL 14 the target says so only before its next ReadyForQuery. */
  #doubted = false

  get encodingUnsafe(): boolean {
    return this.#encodingUnsafe || this.#doubted
  }

  parameterChanged(name: string, value: string): void {
    if (name === 'standard_conforming_strings') this.#backslashesEscape = value === 'off'
    if (name === 'client_encoding') {
      this.#encodingUnsafe = unsafeEncodings.has(value.toUpperCase())
    }
  }

  /** A statement is on its way. `opaque`: it may set anything; `endsTransaction`: or bring back what was set before. */
  sent({ settings, facts }: StatementDescription, opaque: boolean, endsTransaction: boolean): void {
    const sets = settings.some(({ name }) => readingSettings.has(name))
    if (sets || opaque || facts.kinds.includes('discard')) this.#changed = true
    else if (!this.#changed || !endsTransaction) return
    this.#doubted = true
  }

  /** ReadyForQuery, and nothing else was sent. */
  settled(): void {
    this.#doubted = false
  }

  unreadReason(bytes: Buffer, start: number, end: number): UnreadReason {
    if (this.#backslashesEscape || this.#doubted) {
      const found = bytes.indexOf(backslash, start)
      if (found !== -1 && found < end) return 'backslash'
    }
    if (!this.encodingUnsafe) return undefined
    for (let at = start; at < end; at++) if (bytes[at]! > 127) return 'encoding'
    return undefined
  }
}

/** What the client can do about it. */
export function unreadHint(reason: Exclude<UnreadReason, undefined>): string {
  return reason === 'backslash'
    ? 'A statement with a backslash cannot be inspected while standard_conforming_strings is off, or may be: SET standard_conforming_strings = on.'
    : 'A statement in this client_encoding cannot be inspected: SET client_encoding = UTF8.'
}
