/**
 * Text from data → text that a terminal shows and never obeys. Control characters come out as psql writes them (`\x1B`,
 * `\u009B`: fe_utils/mbprint.c); what reorders or hides text (bidi controls, zero-width format characters) and long runs of
 * combining marks come out as `\u202E` too, which psql passes through. Pure.
 */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 → text; a byte that is not UTF-8 becomes `\xHH`, visibly. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    return decodeDamaged(bytes)
  }
}

function decodeDamaged(bytes: Uint8Array): string {
  let text = ''
  let at = 0
  while (at < bytes.length) {
    const lead = bytes[at]!
    const length =
      lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
    const character = length === 0 ? undefined : decodeOne(bytes.subarray(at, at + length), length)
    text += character ?? `\\x${lead.toString(16).toUpperCase().padStart(2, '0')}`
    at += character === undefined ? 1 : length
  }
  return text
}

function decodeOne(bytes: Uint8Array, length: number): string | undefined {
  if (bytes.length < length) return undefined
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** Columns that a run of visible text takes. */
export type VisibleLine = { text: string; width: number }

const plainAscii = /^[\x20-\x7e]*$/
const combiningRunMax = 8

/**
 * Lines (split at \n) that hold no control character; a tab becomes spaces to the next multiple of 8.
 * The same number of lines as psql would print.
 */
export function visibleLines(text: string): VisibleLine[] {
  if (plainAscii.test(text)) return [{ text, width: text.length }]
  return text.split('\n').map(visibleLine)
}

/** One line; \n comes out as `\n` in two characters. */
export function visibleLine(line: string): VisibleLine {
  if (plainAscii.test(line)) return { text: line, width: line.length }
  let text = ''
  let width = 0
  let combining = 0
  for (const character of line) {
    const code = character.codePointAt(0) ?? 0
    if (character === '\t') {
      const spaces = 8 - (width % 8)
      text += ' '.repeat(spaces)
      width += spaces
      continue
    }
    const columns = characterWidth(code, character)
    combining = columns === 0 ? combining + 1 : 0
    if (columns < 0 || combining > combiningRunMax) {
      const escape = escapeOf(code)
      text += escape
      width += escape.length
    } else {
      text += character
      width += columns
    }
  }
  return { text, width }
}

/** Cuts a visible line into pieces of at most `columnsMax` columns. */
export function wrappedLine(line: VisibleLine, columnsMax: number): VisibleLine[] {
  if (line.width <= columnsMax) return [line]
  const pieces: VisibleLine[] = []
  let text = ''
  let width = 0
  for (const character of line.text) {
    const columns = Math.max(0, characterWidth(character.codePointAt(0) ?? 0, character))
    if (width + columns > columnsMax) {
      pieces.push({ text, width })
      text = ''
      width = 0
    }
    text += character
    width += columns
  }
  return [...pieces, { text, width }]
}

/** The same, as one string with \n between lines. */
export function visibleText(text: string): string {
  return visibleLines(text)
    .map((line) => line.text)
    .join('\n')
}

function escapeOf(code: number): string {
  if (code === 0x0d) return '\\r'
  if (code === 0x0a) return '\\n'
  const hex = code.toString(16).toUpperCase()
  return code < 0x80 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`
}

const mark = /^[\p{Mn}\p{Me}]$/u
const unsafe = /^[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Cn}]$/u

/** -1: must not reach a terminal; 0: combines with what is before; else columns. */
function characterWidth(code: number, character: string): number {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return -1
  if (code < 0x300) return code === 0xad ? -1 : 1
  if (unsafe.test(character)) return -1
  if (mark.test(character)) return 0
  return isWide(code) ? 2 : 1
}

/** East Asian Wide and Fullwidth (UAX #11), in pairs of first and last. */
const wide = [
  0x1100, 0x115f, 0x231a, 0x231b, 0x2329, 0x232a, 0x23e9, 0x23ec, 0x23f0, 0x23f0, 0x23f3, 0x23f3, 0x25fd, 0x25fe,
  0x2614, 0x2615, 0x2648, 0x2653, 0x267f, 0x267f, 0x2693, 0x2693, 0x26a1, 0x26a1, 0x26aa, 0x26ab, 0x26bd, 0x26be,
  0x26c4, 0x26c5, 0x26ce, 0x26ce, 0x26d4, 0x26d4, 0x26ea, 0x26ea, 0x26f2, 0x26f3, 0x26f5, 0x26f5, 0x26fa, 0x26fa,
  0x26fd, 0x26fd, 0x2705, 0x2705, 0x270a, 0x270b, 0x2728, 0x2728, 0x274c, 0x274c, 0x274e, 0x274e, 0x2753, 0x2755,
  0x2757, 0x2757, 0x2795, 0x2797, 0x27b0, 0x27b0, 0x27bf, 0x27bf, 0x2b1b, 0x2b1c, 0x2b50, 0x2b50, 0x2b55, 0x2b55,
  0x2e80, 0x303e, 0x3041, 0x4dbf, 0x4e00, 0xa4cf, 0xa960, 0xa97f, 0xac00, 0xd7a3, 0xf900, 0xfaff, 0xfe10, 0xfe19,
  0xfe30, 0xfe6f, 0xff00, 0xff60, 0xffe0, 0xffe6, 0x16fe0, 0x18cff, 0x1b000, 0x1b2ff, 0x1f004, 0x1f004, 0x1f0cf,
  0x1f0cf, 0x1f18e, 0x1f18e, 0x1f191, 0x1f19a, 0x1f200, 0x1f320, 0x1f32d, 0x1f64f, 0x1f680, 0x1f6ff, 0x1f7e0, 0x1f7eb,
  0x1f90c, 0x1f9ff, 0x1fa70, 0x1faff, 0x20000, 0x3fffd,
] // prettier-ignore

function isWide(code: number): boolean {
  if (code < wide[0]!) return false
  let low = 0
  let high = wide.length / 2 - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (code < wide[middle * 2]!) high = middle - 1
    else if (code > wide[middle * 2 + 1]!) low = middle + 1
    else return true
  }
  return false
}
