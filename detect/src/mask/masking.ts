/**
 * How the values of each entity are masked, by configuration. A mask is never longer than the value; in text it is
 * ASCII without quotes, backslashes, commas and control characters, so that what stands around it stays what it is. Pure.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { MaskingStyle } from '@gatetrail/schemas'
import type { Entity } from '../ruleset.ts'
import { permuteDay, type Day } from './days.ts'
import { formatMaskOf, numberMaskOf } from './format-preserving.ts'
import { permuteAddress, permuteHardwareAddress } from './contact-formats.ts'
import { maskWhole } from './mask-span.ts'
import { Permutation } from './permutation.ts'
import { keepLastFour, label, redactInText } from './plain-styles.ts'
import { maskedUuid, permutedUuid } from './uuids.ts'
import { Tokens } from './tokens.ts'

/** In place of the end of a value: it becomes NULL. */
export const nullMask = -1

/** Values that have a form of their own in which they must stay: digits of a number, addresses as PostgreSQL writes them. */
export type ValueForm = 'number' | 'ipv4' | 'hardware_address'

/** The mask of one entity. */
export type EntityMask = {
  readonly entity: Entity
  readonly style: MaskingStyle
  /** Masks a finding within a text in place; its length stays. */
  inText(bytes: Uint8Array, start: number, end: number): void
  /** Masks text that is a value. Returns its new end, never beyond `end`, or {@link nullMask}. */
  whole(bytes: Uint8Array, start: number, end: number): number
  /** Masks a value of that form. Returns its new end; undefined: the style has none, and nothing stays of the value. */
  formed(form: ValueForm, bytes: Uint8Array, start: number, end: number): number | undefined
  /** Another date; undefined: the style has none for this one. */
  day(day: Day): Day | undefined
  /** Masks the 16 bytes of a UUID. False: the style has none. */
  uuid(bytes: Uint8Array, start: number): boolean
}

export type MaskingSettings = {
  readonly default: MaskingStyle
  /** By entity. */
  readonly styles: Readonly<Record<string, MaskingStyle>>
}

/** Entities come from configuration and catalogue; more of them than this are made anew. */
const masksMax = 1_024
const encoder = new TextEncoder()

export class Masking {
  readonly #settings: MaskingSettings
  readonly #keys: Keys | undefined
  readonly #masks = new Map<Entity, EntityMask>()
  #forComputed: Masking | undefined

  /** `key`: 32 secret bytes, for `token` and `format_preserving`: without, values of these styles become `*`. */
  constructor(settings: MaskingSettings, key?: Uint8Array) {
    this.#settings = settings
    this.#keys =
      key === undefined
        ? undefined
        : {
            tokens: new Tokens(derived(key, 'token')),
            permutation: new Permutation(derived(key, 'format preserving')),
          }
  }

  of(entity: Entity): EntityMask {
    let mask = this.#masks.get(entity)
    if (mask === undefined) {
      if (this.#masks.size >= masksMax) this.#masks.clear()
      mask = maskFor(entity, this.styleOf(entity), this.#keys)
      this.#masks.set(entity, mask)
    }
    return mask
  }

  /**
   * For what a client can make up: whoever gets tokens of values of their own choice can go through all numbers there are. Styles
   * that give the same for the same value keep the length instead.
   */
  get forComputed(): Masking {
    this.#forComputed ??= new Masking({
      default: withoutKey(this.#settings.default),
      styles: Object.fromEntries(
        Object.entries(this.#settings.styles).map(([entity, style]) => [entity, withoutKey(style)]),
      ),
    })
    return this.#forComputed
  }

  styleOf(entity: Entity): MaskingStyle {
    const { styles } = this.#settings
    return Object.hasOwn(styles, entity) ? styles[entity]! : this.#settings.default
  }
}

function withoutKey(style: MaskingStyle): MaskingStyle {
  return style === 'token' || style === 'format_preserving' ? 'same_length' : style
}

/** Nothing configured: `*` for letters and digits. */
export const sameLength: Masking = new Masking({ default: 'same_length', styles: {} })

type Keys = { readonly tokens: Tokens; readonly permutation: Permutation }

/** One key per use, of one that is configured. */
function derived(key: Uint8Array, use: string): Uint8Array {
  return hmac(sha256, key, encoder.encode(`gatetrail masking ${use}`))
}

function maskFor(entity: Entity, style: MaskingStyle, keys: Keys | undefined): EntityMask {
  const plain = plainMask(entity, style)
  switch (style) {
    case 'same_length':
      return plain
    case 'redact':
      return redactMask(plain)
    case 'keep_last_four':
      // Half of a short password, and all that a search for the rest of a longer one needs.
      return entity === 'PASSWORD' ? plain : keepMask(plain)
    case 'null':
      return { ...plain, whole: () => nullMask }
    case 'token':
      return keys === undefined ? plain : tokenMask(plain, keys)
    case 'format_preserving':
      return keys === undefined ? plain : formatMask(plain, keys)
    default:
      return unreachableStyle(style)
  }
}

function unreachableStyle(style: never): never {
  throw new Error(`no style ${String(style)}`)
}

function plainMask(entity: Entity, style: MaskingStyle): EntityMask {
  return {
    entity,
    style,
    inText: maskWhole,
    whole(bytes, start, end) {
      maskWhole(bytes, start, end)
      return end
    },
    formed: () => undefined,
    day: () => undefined,
    uuid: () => false,
  }
}

type InText = EntityMask['inText']

/** Of an escape or a tag other letters would make another one: then the length is all that stays. */
function unlessMarked(mask: InText): InText {
  return (bytes, start, end) => {
    for (let at = start; at < end; at++) {
      if (marks.has(bytes[at]!)) return maskWhole(bytes, start, end)
    }
    return mask(bytes, start, end)
  }
}

const marks: ReadonlySet<number> = new Set(encoder.encode('\\<&'))

function redactMask(plain: EntityMask): EntityMask {
  const { entity } = plain
  return {
    ...plain,
    inText: (bytes, start, end) => redactInText(entity, bytes, start, end),
    whole(bytes, start, end) {
      const constant = label(entity, end - start)
      if (constant === undefined) return plain.whole(bytes, start, end)
      bytes.set(constant, start)
      return start + constant.length
    },
  }
}

function keepMask(plain: EntityMask): EntityMask {
  return {
    ...plain,
    inText: keepLastFour,
    whole(bytes, start, end) {
      keepLastFour(bytes, start, end)
      return end
    },
    formed(form, bytes, start, end) {
      return form === 'number' ? lastDigits(bytes, start, end) : undefined
    },
  }
}

/** `123456789` → `6789`. Undefined: it has a fraction, or an exponent. */
function lastDigits(bytes: Uint8Array, start: number, end: number): number | undefined {
  for (let at = start; at < end; at++) if (bytes[at]! < 0x30 || bytes[at]! > 0x39) return undefined
  let from = end - Math.min(4, (end - start) >> 1)
  while (from < end - 1 && bytes[from] === 0x30) from++
  if (from === end) return undefined
  bytes.copyWithin(start, from, end)
  return start + end - from
}

function tokenMask(plain: EntityMask, keys: Keys): EntityMask {
  const { entity } = plain
  const { tokens } = keys
  return {
    ...formatMask(plain, keys),
    inText(bytes, start, end) {
      const token = tokens.of(entity, bytes, start, end)
      plain.inText(bytes, start, end)
      if (token === undefined) return
      bytes.fill(0x2a, start + token.length, end)
      bytes.set(token, start)
    },
    whole(bytes, start, end) {
      const token = tokens.of(entity, bytes, start, end)
      if (token === undefined) return plain.whole(bytes, start, end)
      bytes.set(token, start)
      return start + token.length
    },
    uuid(bytes, start) {
      bytes.set(maskedUuid(tokens.digest(bytes.subarray(start, start + 16))), start)
      return true
    },
  }
}

function formatMask(plain: EntityMask, { permutation }: Keys): EntityMask {
  const { entity } = plain
  const permute = formatMaskOf(entity)
  const forms = {
    number: numberMaskOf(entity),
    ipv4: permuteAddress,
    hardware_address: permuteHardwareAddress,
  } as const
  const preserve: InText = (bytes, start, end) => {
    if (!permute(permutation, bytes, start, end)) maskWhole(bytes, start, end)
    // Letters beyond ASCII have no alphabet here.
    else for (let at = start; at < end; at++) if (bytes[at]! >= 0x80) bytes[at] = 0x2a
  }
  return {
    ...plain,
    inText: unlessMarked(preserve),
    whole(bytes, start, end) {
      preserve(bytes, start, end)
      return end
    },
    formed: (form, bytes, start, end) =>
      forms[form](permutation, bytes, start, end) ? end : undefined,
    day: (day) => permuteDay(permutation, day),
    uuid: (bytes, start) => permutedUuid(permutation, bytes, start),
  }
}
