/**
 * Formats of tokens, written as `ghp_<w36>`: literal text and, in angle brackets, a class of characters with how many of them.
 * Read left to right without going back, so that a look at a token costs no more than its length.
 */
import type { Around, Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import type { TouchLevel } from '@gatetrail/schemas'
import { lookedFor } from './looked-for.ts'
import {
  alphanumericBits,
  characterOf,
  characters,
  tokenMayBegin,
  tokenMayEnd,
} from './characters.ts'
import { Run } from './run.ts'
import { windowEntropy } from './window-entropy.ts'

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

/** Text if `run` is undefined; else so many characters of a class. */
type Segment = {
  readonly text: Uint8Array
  readonly run: Run | undefined
  readonly min: number
  readonly max: number
  /** Of the class; what may not follow the last segment. */
  readonly notBehind: number
}

export type TokenFormat = {
  /** What stands in front of the literal (looked-for.ts). */
  readonly lead: Uint8Array
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
  return { lead: new TextEncoder().encode(lead), literal, segments }
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

/** One for each class: what one format has read of a text, all others know. */
const runs = new Map<number, Run>()

function runOf(bits: number): Run {
  const run = runs.get(bits) ?? new Run(bits)
  runs.set(bits, run)
  return run
}

function segmentOf(written: string): Segment {
  const parts = /^<([A-Za-z])([0-9]+)(?:-([0-9]+))?>$/.exec(written)
  if (parts === null) {
    const text = new TextEncoder().encode(written)
    return { text, run: undefined, min: text.length, max: text.length, notBehind: 0 }
  }
  const bits = classes[parts[1]!]
  if (bits === undefined) throw new Error(`no class of characters: ${written}`)
  const [min, max] = [Number(parts[2]), Number(parts[3] ?? parts[2])]
  return { text: noText, run: runOf(bits), min, max, notBehind: bits & ~dot & ~equals }
}

const noText = new Uint8Array(0)

/** The end of the token whose literal text ends at `at`, or -1. */
export function tokenEnd(scan: Scan, at: number, segments: readonly Segment[]): number {
  const { bytes, end } = scan
  let position = at
  let notBehind = 0
  for (let index = 0; index < segments.length; index++) {
    const { text, run, min, max, notBehind: notBehindThis } = segments[index]!
    if (run === undefined) {
      if (!standsAt(bytes, position, end, text)) return -1
      position += text.length
    } else {
      const to = run.end(scan, position, max)
      if (to - position < min) return -1
      position = to
    }
    notBehind = notBehindThis
  }
  if (position < end && (characters[bytes[position]!]! & notBehind) !== 0) return -1
  return tokenMayEnd(bytes, position, end) ? position : -1
}

function standsAt(bytes: Uint8Array, at: number, end: number, text: Uint8Array): boolean {
  if (at + text.length > end) return false
  // From the end: those of one provider begin alike.
  for (let index = text.length - 1; index >= 0; index--)
    if (bytes[at + index] !== text[index]) return false
  return true
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
  /** So many bytes of the text are looked for; default: all. */
  readonly literalBytesMax?: number
  /** Whether its check digits fit: then it is certain; a token whose check digits don't is only likely. */
  readonly checksum?: (bytes: Uint8Array, from: number, to: number) => boolean
}

/** A detector of tokens of these formats. The literals are compared with their case. */
export function tokenDetector(
  name: string,
  texts: readonly string[],
  options: TokenOptions = {},
): Detector {
  const common =
    options.literalBytesMax ?? commonLength(texts, options.triggerBytesMin ?? triggerBytesMin)
  const formats = texts.map((text) => tokenFormat(text, common))
  const groups = groupsOf(formats)
  return {
    name,
    on: 'literal',
    exact: true,
    literals: groups.map(({ literal }) => literal),
    around: (literal) => aroundGroup(groups.find((group) => group.literal === literal)),
    within: 'token',
    ahead: Math.max(...formats.map(bytesMaxOf)) + 2,
    behind: Math.max(...formats.map(({ lead }) => lead.length)),
    confirm(scan, at, literalEnd) {
      for (let index = 0; index < groups.length; index++) {
        const { text, lead, formats: ofGroup } = groups[index]!
        if (text.length !== literalEnd - at) continue
        if (groups.length > 1 && !standsAt(scan.bytes, at, literalEnd, text)) continue
        const from = at - lead.length
        if (from < scan.start || !tokenMayBegin(scan.bytes, scan.start, from)) return
        if (lead.length > 0 && !standsAt(scan.bytes, from, at, lead)) return
        for (let each = 0; each < ofGroup.length; each++) {
          const to = tokenEnd(scan, literalEnd, ofGroup[each]!.segments)
          if (to !== -1) addToken(scan, name, from, literalEnd, to, options)
        }
        return
      }
    },
  }
}

/** Of one literal; what stands in front of it is the same in all its formats. */
type FormatsOfLiteral = {
  readonly literal: string
  readonly text: Uint8Array
  readonly lead: Uint8Array
  readonly formats: readonly TokenFormat[]
}

/** @throws Error if a literal has two texts in front: each detector has one. */
function groupsOf(formats: readonly TokenFormat[]): FormatsOfLiteral[] {
  const literals = [...new Set(formats.map(({ literal }) => literal))]
  return literals.map((literal) => {
    const ofLiteral = formats.filter((format) => format.literal === literal)
    const { lead } = ofLiteral[0]!
    if (ofLiteral.some((format) => String(format.lead) !== String(lead)))
      throw new Error(`${literal} has two texts in front`)
    return { literal, text: new TextEncoder().encode(literal), lead, formats: ofLiteral }
  })
}

function aroundGroup(group: FormatsOfLiteral | undefined): Around {
  if (group === undefined) return {}
  const { lead, formats } = group
  const followedBy = formats.map(({ segments }) => beginOf(segments[0])).join('')
  const after = String.fromCharCode(...lead.subarray(-1))
  return { tokenBefore: lead.length, followedBy, ...(after !== '' && { after }) }
}

/** The characters with which it may begin. */
function beginOf(segment: Segment | undefined): string {
  if (segment === undefined || segment.min === 0) throw new Error('nothing follows the literal')
  const { text, run } = segment
  if (run === undefined) return String.fromCharCode(text[0]!)
  return String.fromCharCode(
    ...Array.from({ length: 128 }, (_, byte) => byte).filter((byte) => run.has(byte)),
  )
}

function bytesMaxOf({ literal, segments }: TokenFormat): number {
  return segments.reduce((sum, { max }) => sum + max, literal.length)
}

function addToken(
  scan: Scan,
  name: string,
  at: number,
  literalEnd: number,
  to: number,
  { level = 'certain', entropyMin: min = entropyMin, checksum }: TokenOptions,
): void {
  const { bytes } = scan
  if (isExample(bytes, to) || windowEntropy(scan, literalEnd, to) < min) return
  const isSure = checksum === undefined || checksum(bytes, at, to)
  scan.add(at, to, 'API_KEY', isSure ? level : 'likely', name)
}

const example = new TextEncoder().encode('EXAMPLE')

/** AWS's documentation ends its keys so. */
function isExample(bytes: Uint8Array, to: number): boolean {
  return (
    bytes[to - 1] === example[example.length - 1] &&
    standsAt(bytes, to - example.length, to, example)
  )
}
