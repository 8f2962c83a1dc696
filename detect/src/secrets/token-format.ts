/**
 * Formats of tokens, written as `ghp_<w36>`: literal text and, in angle brackets, a class of characters with how many of them.
 * Read left to right without going back, so that a look at a token costs no more than its length.
 */
import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import type { TouchLevel } from '@gatetrail/schemas'
import { lookedFor } from './looked-for.ts'
import {
  alphanumericBits,
  characterOf,
  characters,
  entropy,
  tokenMayBegin,
  tokenMayEnd,
} from './characters.ts'

const { digit, lowerHex, upperHex, lower, upper, dash, underscore, base64, equals, dot, percent } =
  characterOf

const classes: Readonly<Record<string, number>> = {
  /** 0–9 */
  d: digit,
  /** 0–9 a–f */
  h: digit | lowerHex,
  /** 0–9 a–f A–F */
  H: digit | lowerHex | upperHex,
  /** 0–9 a–z */
  l: digit | lowerHex | lower,
  /** 0–9 A–Z */
  u: digit | upperHex | upper,
  /** letters */
  a: lowerHex | upperHex | lower | upper,
  /** letters and digits */
  w: alphanumericBits,
  /** letters, digits, _ */
  x: alphanumericBits | underscore,
  /** base64url: letters, digits, - _ */
  b: alphanumericBits | underscore | dash,
  /** base64url and = */
  v: alphanumericBits | underscore | dash | equals,
  /** base64url, = and . */
  V: alphanumericBits | underscore | dash | equals | dot,
  /** base64 with padding: letters, digits, + / = */
  B: alphanumericBits | base64 | equals,
  /** all of these, and % */
  p: alphanumericBits | underscore | dash | base64 | equals | dot | percent,
}

type Segment =
  | { readonly text: Uint8Array }
  | { readonly bits: number; readonly min: number; readonly max: number }

export type TokenFormat = {
  /** What stands in front of the literal (looked-for.ts). */
  readonly lead: string
  readonly literal: string
  readonly segments: readonly Segment[]
}

/**
 * Of a format that begins with text: `sk-ant-<b60-120>`. `literal`: so much of the text as is looked for; at least three characters.
 * @throws Error if it can't be read.
 */
export function tokenFormat(text: string, literalBytesMax: number = text.length): TokenFormat {
  const { lead, literal: rest } = lookedFor(text)
  const literal = rest.split('<')[0]!.slice(0, literalBytesMax)
  if (literal.length < 3) throw new Error(`the format ${text} begins with less than three letters`)
  const segments = rest
    .slice(literal.length)
    .split(/(<[A-Za-z][0-9]+(?:-[0-9]+)?>)/)
    .filter(Boolean)
    .map(segmentOf)
  return { lead, literal, segments }
}

/** How much of what is looked for a row's formats have in common in front, if that is enough to look for it alone. */
function commonLength(formats: readonly string[], bytesMin: number): number | undefined {
  const leads = new Set(formats.map((format) => lookedFor(format).lead))
  if (leads.size > 1) return undefined
  const texts = formats.map((format) => lookedFor(format).literal)
  const [first = ''] = texts
  let length = 0
  while (
    length < first.length &&
    first[length] !== '<' &&
    texts.every((text) => text[length] === first[length])
  )
    length++
  return length >= bytesMin ? length : undefined
}

function segmentOf(text: string): Segment {
  const parts = /^<([A-Za-z])([0-9]+)(?:-([0-9]+))?>$/.exec(text)
  if (parts === null) return { text: new TextEncoder().encode(text) }
  const bits = classes[parts[1]!]
  if (bits === undefined) throw new Error(`no class of characters: ${text}`)
  return { bits, min: Number(parts[2]), max: Number(parts[3] ?? parts[2]) }
}

/** The end of the token whose literal text ends at `at`, or -1. */
export function tokenEnd(
  bytes: Uint8Array,
  at: number,
  end: number,
  segments: readonly Segment[],
): number {
  let position = at
  let lastBits = 0
  for (const segment of segments) {
    if ('text' in segment) {
      for (const byte of segment.text) if (position >= end || bytes[position++] !== byte) return -1
      lastBits = 0
    } else {
      const from = position
      const ceiling = Math.min(end, from + segment.max)
      while (position < ceiling && (characters[bytes[position]!]! & segment.bits) !== 0) position++
      if (position - from < segment.min) return -1
      lastBits = segment.bits
    }
  }
  if (position < end && (characters[bytes[position]!]! & lastBits & ~dot & ~equals) !== 0) return -1
  return tokenMayEnd(bytes, position, end) ? position : -1
}

/** Less, and it is a placeholder: `ghp_xxxxxxxx`. In bits per byte: random hex of 32 digits has 3.0 at least. */
const entropyMin = 2.6

/** Shorter ones are in too many words. */
const triggerBytesMin = 4

export type TokenOptions = {
  readonly level?: TouchLevel
  /** For tokens whose documented examples are of little entropy. */
  readonly entropyMin?: number
  /** So many bytes in common are looked for, instead of each format's own text. */
  readonly triggerBytesMin?: number
  /** Whether its check digits fit: then it is certain; a token whose check digits don't is only likely. */
  readonly checksum?: (bytes: Uint8Array, from: number, to: number) => boolean
}

/** A detector of tokens of these formats. The literals are compared with their case. */
export function tokenDetector(
  name: string,
  texts: readonly string[],
  options: TokenOptions = {},
): Detector {
  const common = commonLength(texts, options.triggerBytesMin ?? triggerBytesMin)
  const formats = texts.map((text) => tokenFormat(text, common))
  const hasNoLead = formats.every(({ lead }) => lead === '')
  return {
    name,
    on: 'literal',
    exact: true,
    literals: [...new Set(formats.map(({ literal }) => literal))],
    within: 'token',
    ahead: Math.max(...formats.map(bytesMaxOf)) + 2,
    behind: Math.max(...formats.map(({ lead }) => lead.length)),
    confirm(scan, at, literalEnd) {
      // First what is cheap: in a text of such literals, most stand behind another.
      if (hasNoLead && !tokenMayBegin(scan.bytes, scan.start, at)) return
      for (let index = 0; index < formats.length; index++) {
        const { lead, literal, segments } = formats[index]!
        if (common === undefined && !isText(scan, at, literalEnd, literal)) continue
        const from = at - lead.length
        if (!hasNoLead) {
          if (from < scan.start || !tokenMayBegin(scan.bytes, scan.start, from)) continue
          if (!isText(scan, from, at, lead)) continue
        }
        addToken(scan, name, segments, from, literalEnd, options)
      }
    },
  }
}

function bytesMaxOf({ literal, segments }: TokenFormat): number {
  return segments.reduce(
    (sum, segment) => sum + ('text' in segment ? segment.text.length : segment.max),
    literal.length,
  )
}

/** Whether all from `at` to `to` is `text`. */
function isText({ bytes, start }: Scan, at: number, to: number, text: string): boolean {
  if (text.length !== to - at || at < start) return false
  for (let index = 0; index < text.length; index++)
    if (bytes[at + index] !== text.charCodeAt(index)) return false
  return true
}

function addToken(
  scan: Scan,
  name: string,
  segments: readonly Segment[],
  at: number,
  literalEnd: number,
  { level = 'certain', entropyMin: min = entropyMin, checksum }: TokenOptions,
): void {
  const { bytes } = scan
  const to = tokenEnd(bytes, literalEnd, scan.end, segments)
  if (to === -1 || isExample(bytes, to) || entropy(bytes, literalEnd, to) < min) return
  const isSure = checksum === undefined || checksum(bytes, at, to)
  scan.add(at, to, 'API_KEY', isSure ? level : 'likely', name)
}

const example = new TextEncoder().encode('EXAMPLE')

/** AWS's documentation ends its keys so. */
function isExample(bytes: Uint8Array, to: number): boolean {
  return example.every((byte, index) => bytes[to - example.length + index] === byte)
}
