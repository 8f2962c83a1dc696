/** Reads claims by pointer and keeps what was read: that, and nothing else of a token, goes on record. Pure. */
import type { IssuerConfiguration } from '@gatetrail/schemas'
import { IdentityError } from './identity-error.ts'
import { pointerTokens, valueAt } from './json-pointer.ts'
import { isJsonObject, type JsonObject } from './strict-json.ts'

const textLengthMax = 1024
/** Control characters, halves of characters, turns of direction: no name has them, and every reader shows them differently. */
const unprintable = /[\p{Cc}\p{Surrogate}\p{Bidi_Control}]/u

/** Always kept: what identifies the token itself. */
const registered = ['iss', 'sub', 'aud', 'exp', 'iat', 'jti'] as const

export class ClaimReader {
  readonly #claims: JsonObject
  readonly #issuer: string
  readonly #kept: { [member: string]: unknown } = nested()

  constructor(claims: JsonObject, issuer: Pick<IssuerConfiguration, 'name'>) {
    this.#claims = claims
    this.#issuer = issuer.name
    for (const claim of registered) {
      if (claims[claim] !== undefined) this.#kept[claim] = claims[claim]
    }
  }

  /** The value at a pointer. Kept for the record if it is no object. */
  value(pointer: string): unknown {
    const value = valueAt(this.#claims, pointer)
    if (value !== undefined && !isJsonObject(value)) this.#keep(pointer, value)
    return value
  }

  /**
   * The text at a pointer: of a string, or of a whole number. Undefined if there is nothing or null.
   * @throws IdentityError TOKEN_CLAIM_INVALID if something else is there
   */
  text(pointer: string): string | undefined {
    const value = this.value(pointer)
    if (value === undefined || value === null) return undefined
    // Larger numbers have lost digits in JSON.parse: two runs would become one.
    const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
    if (!isName(text))
      throw this.invalid(pointer, 'is no printable text of at most 1,024 characters')
    return text
  }

  /**
   * The texts at a pointer: of an array of strings, or of one string, which is never split.
   * @throws IdentityError TOKEN_CLAIM_INVALID
   */
  texts(pointer: string): readonly string[] {
    const value = this.value(pointer)
    if (value === undefined || value === null) return []
    const values: readonly unknown[] = Array.isArray(value) ? value : [value]
    return values.map((text) => {
      if (!isName(text)) throw this.invalid(pointer, 'is no list of printable texts')
      return text
    })
  }

  /** What was read, in the shape that the token has, and the registered claims. */
  kept(): { [member: string]: unknown } {
    return this.#kept
  }

  invalid(pointer: string, what: string): IdentityError {
    return new IdentityError('TOKEN_CLAIM_INVALID', `The claim ${pointer} ${what}.`, {
      issuer: this.#issuer,
    })
  }

  #keep(pointer: string, value: unknown): void {
    const tokens = pointerTokens(pointer)
    const last = tokens.pop()
    if (last === undefined) return
    let into = this.#kept
    for (const token of tokens) {
      const next = into[token]
      // An array that is kept already has what is below it.
      if (Array.isArray(next)) return
      into = isNested(next) ? next : (into[token] = nested())
    }
    into[last] = value
  }
}

export function isName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= textLengthMax &&
    !unprintable.test(value)
  )
}

/** Without a prototype: a claim may be called `__proto__`. */
function nested(): { [member: string]: unknown } {
  return Object.create(null)
}

function isNested(value: unknown): value is { [member: string]: unknown } {
  return isJsonObject(value)
}
