/**
 * Frames as they were recorded → the text in them that a person could have read, for a search: what results showed (`shown`), what
 * the client sent besides its statements (`sent`), errors and notices (`errors`). Frames come in fragments, cut anywhere: what was cut is
 * gone on with, and where a text is cut, its last bytes are said again in the next piece, so that every word stands whole in one of them.
 * Pure; nothing here grows but with what it is given.
 */
import { frameHeaderBytes, backendTypes, frontendTypes } from './frames.ts'

/** Between values, after a row, and after what is above rows: never part of a text. */
export const textSeparators = { value: '\u001f', row: '\u001e', head: '\u001d' } as const
const valueEnd = 0x1f
const rowEnd = 0x1e
const headEnd = 0x1d

/** Of a text that is cut: said again in the next piece, from the beginning of a word or of its row. */
const repeatedBytesMax = 256
/** Longer runs without a space, full stop or the like are encoded bytes, not words: their rest is left out. */
const wordBytesMax = 256
/** Of a statement: on record by itself up to there (limits.ts of the proxy); what is behind is text that the client sent. */
const statementBytesRecorded = 64 * 1024

/** Bytes written one after the other. Reused: `clear` keeps the memory. */
class TextBytes {
  #bytes = new Uint8Array(4096)
  length = 0
  /** Bytes of the word that is being written. */
  #word = 0

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  clear(): void {
    this.length = 0
    this.#word = 0
  }

  separator(byte: number): void {
    if (this.length === 0) return
    this.#reserve(1)
    this.#bytes[this.length++] = byte
    this.#word = 0
  }

  again(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.length)
    this.length += bytes.length
    this.#word = bytes.length
  }

  /** False, and nothing is written: it holds a control character, so that it is no text. */
  add(source: Uint8Array, start: number, end: number, unescape: boolean): boolean {
    this.#reserve(end - start)
    const from = this.length
    const target = this.#bytes
    let at = from
    let word = this.#word
    for (let index = start; index < end; index++) {
      let byte = source[index]!
      const is = classes[byte]!
      if (is === inWord) {
        if (++word > wordBytesMax) continue
      } else {
        if (is === control) return false
        word = 0
        if (unescape && byte === backslash && index + 1 < end) {
          const next = source[index + 1]!
          if (escapedSpaces.has(next)) index++
          if (escapedSpaces.has(next)) byte = 0x20
        }
      }
      target[at++] = byte
    }
    this.length = at
    this.#word = word
    return true
  }

  /**
   * A whole row in one copy: the lengths between its values become separators, and binary values spaces. False, and nothing is
   * written: it must be read value by value. Rows are most of what is recorded, and a byte looked at costs more than one copied.
   */
  row(source: Uint8Array, start: number, end: number): boolean {
    let at = start + frameHeaderBytes + 2
    const values = (source[at - 2]! << 8) | source[at - 1]!
    const copied = at + 4 // Behind the length of the first value.
    if (values === 0 || copied > end) return false
    this.#reserve(end - copied)
    const target = this.#bytes
    target.set(source.subarray(copied, end), this.length)
    const offset = this.length - copied
    for (let value = 0; value < values; value++) {
      if (at + 4 > end) return false
      const length = (source[at]! << 24) | (source[at + 1]! << 16) | (source[at + 2]! << 8) | source[at + 3]! // prettier-ignore
      if (value > 0) {
        const written = at + offset
        target[written] = target[written + 1] = target[written + 2] = space
        target[written + 3] = valueEnd
      }
      at += 4
      if (length <= 0) continue
      const valueUntil = at + length
      if (valueUntil > end || (length > wordBytesMax && !hasSpaces(source, at, valueUntil)))
        return false
      blankBinary(source, at, valueUntil, target, offset)
      at = valueUntil
    }
    if (at !== end) return false
    this.length += end - copied
    this.#word = 0
    return true
  }

  /** The end of what was written from `from` on, from the beginning of a word. */
  tail(from: number): Uint8Array {
    let start = Math.max(from, this.length - repeatedBytesMax)
    if (start > from)
      while (start < this.length && classes[this.#bytes[start - 1]!] === inWord) start++
    return this.#bytes.slice(start, this.length)
  }

  #reserve(count: number): void {
    const lengthMin = this.length + count
    if (lengthMin <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(lengthMin, this.#bytes.length * 2))
    larger.set(this.bytes())
    this.#bytes = larger
  }
}

const control = 0
const betweenWords = 1
const inWord = 2
const backslash = 0x5c
const space = 0x20
/** COPY's text format writes them so: \b \f \n \r \t \v. */
const escapedSpaces: ReadonlySet<number> = new Set([0x62, 0x66, 0x6e, 0x72, 0x74, 0x76])

/** As ClickHouse's tokenizer splitByNonAlpha has it: letters, digits and all that is not ASCII make words. */
const classes = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x09 || byte === 0x0a || byte === 0x0d) return betweenWords
  if (byte < 0x20 || byte === 0x7f) return control
  if (byte >= 0x80) return inWord
  return /[0-9A-Za-z]/.test(String.fromCharCode(byte)) ? inWord : betweenWords
})

/** Whether no run of it is too long for a word. */
function hasSpaces(bytes: Uint8Array, start: number, end: number): boolean {
  let from = start
  while (end - from > wordBytesMax) {
    let at = from + wordBytesMax
    while (at > from && bytes[at] !== space) at--
    if (at === from) return false
    from = at
  }
  return true
}

/** A value is binary where it begins with what no text has: numbers, times, arrays. */
const looksAt = 16

function blankBinary(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  offset: number,
): void {
  let at = start
  // jsonb in its binary format begins with its version, 1.
  if (source[at] === 1) target[at++ + offset] = space
  const until = Math.min(end, start + looksAt)
  for (; at < until; at++) {
    if (classes[source[at]!] !== control) continue
    target.fill(space, start + offset, end + offset)
    return
  }
}

type TextName = 'shown' | 'sent' | 'errors'
type Phase =
  | 'ignore'
  | 'skip'
  | 'strings'
  | 'formats'
  | 'columns'
  | 'length'
  | 'value'
  | 'rest'
  | 'letter'
  | 'field'
  | 'quiet'
  | 'texts'
  | 'names'
  | 'name'

/** Where one direction stands: all of it, so that whoever goes on need not know what was before. */
type Position = {
  phase: Phase
  /** After `skip`. */
  next: Phase
  text: TextName
  end: number
  /** Bytes that are left of what is being read. */
  left: number
  number: number
  /** Values, strings or names that are left. */
  count: number
  unescape: boolean
  /** In hex: said again before what comes next. */
  again: string
}

/** One per process that reads chunks, reused for each: first `begin`, then its fragments, then `end`. */
export class FrameTexts {
  readonly #texts = { shown: new TextBytes(), sent: new TextBytes(), errors: new TextBytes() }
  #positions: Positions = [atRest(), atRest()]
  /** Of chunks that begin with a new frame, which most do: made once. */
  readonly #fresh: Positions = [atRest(), atRest()]
  /** Of the text that the frame in hand is written to: where the frame begins in it. */
  readonly #frameAt: [number, number] = [0, 0]

  /** `rest`: what `end` gave for the chunk before. */
  begin(rest: string): void {
    const { shown, sent, errors } = this.#texts
    shown.clear()
    sent.clear()
    errors.clear()
    this.#positions = rest === '' ? this.#fresh : (JSON.parse(rest) as Positions) // Our own, of `end`.
    // A frame begins with all of the rest.
    for (const position of this.#fresh) {
      position.phase = 'ignore'
      position.again = ''
    }
    this.#frameAt.fill(0)
  }

  /** A fragment, its bytes from `start` to `end`; nothing withheld. */
  fragment(
    toClient: boolean,
    type: number,
    first: boolean,
    last: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const index = toClient ? 1 : 0
    const position = this.#positions[index]
    if (first && last && toClient && type === backendTypes.dataRow) {
      const { shown } = this.#texts
      if (shown.row(bytes, start, end)) return shown.separator(rowEnd)
    }
    if (first) {
      beginFrame(position, toClient, type)
      this.#frameAt[index] = this.#texts[position.text].length
    }
    if (position.phase === 'ignore') return
    const text = this.#texts[position.text]
    if (position.again !== '') {
      this.#frameAt[index] = text.length
      text.again(Buffer.from(position.again, 'hex'))
      position.again = ''
    }
    read(position, text, bytes, start, end)
    if (!last || isIgnored(position)) return
    // Of a frame that was only skipped nothing was said.
    if (position.phase !== 'skip') text.separator(position.end)
    position.phase = 'ignore'
  }

  /** What the next chunk begins with; empty: with a new frame. */
  end(): string {
    let cut = false
    for (let index = 0; index < 2; index++) {
      const position = this.#positions[index]!
      if (position.phase === 'ignore') continue
      cut = true
      const tail = this.#texts[position.text].tail(this.#frameAt[index]!)
      if (position.again === '') position.again = Buffer.from(tail).toString('hex')
    }
    return cut ? JSON.stringify(this.#positions) : ''
  }

  /** A view, until the next `begin`. */
  text(name: TextName): Uint8Array {
    return this.#texts[name].bytes()
  }
}

type Positions = [toTarget: Position, toClient: Position]

function atRest(): Position {
  const at = { left: 0, number: 0, count: 0, unescape: false, again: '' }
  return { phase: 'ignore', next: 'ignore', text: 'shown', end: rowEnd, ...at }
}

/** Asked after `read`, which may have come to the end of what there is to read. */
function isIgnored({ phase }: Position): boolean {
  return phase === 'ignore'
}

function beginFrame(position: Position, toClient: boolean, type: number): void {
  position.again = ''
  position.unescape = type === backendTypes.copyData
  position.end = rowEnd
  position.number = 0
  position.count = 0
  position.text = toClient ? 'shown' : 'sent'
  if (toClient) beginAnswer(position, type)
  else beginQuestion(position, type)
}

/** Begins behind the frame's header and so many bytes. */
function after(position: Position, bytes: number, next: Phase): void {
  position.phase = 'skip'
  position.left = frameHeaderBytes + bytes
  position.next = next
}

function beginAnswer(position: Position, type: number): void {
  switch (type) {
    case backendTypes.dataRow:
      return after(position, 0, 'columns')
    case backendTypes.rowDescription:
      position.end = headEnd
      return after(position, 0, 'names')
    case backendTypes.copyData:
      return after(position, 0, 'rest')
    case backendTypes.notification: // The process id before its texts.
      return after(position, 4, 'texts')
    case backendTypes.functionCallResponse:
      return after(position, 4, 'rest')
    case backendTypes.error:
    case backendTypes.notice:
      position.text = 'errors'
      return after(position, 0, 'letter')
    default:
      position.phase = 'ignore'
  }
}

function beginQuestion(position: Position, type: number): void {
  switch (type) {
    case frontendTypes.query:
    case frontendTypes.parse:
      return after(position, statementBytesRecorded - repeatedBytesMax, 'texts')
    case frontendTypes.bind: // Portal and statement.
      position.count = 2
      return after(position, 0, 'strings')
    case frontendTypes.functionCall:
      return after(position, 4, 'formats')
    case frontendTypes.copyData:
      return after(position, 0, 'rest')
    default:
      position.phase = 'ignore'
  }
}

/** Numbers are read in two bytes, lengths in four. */
const numberBytes = { formats: 2, columns: 2, names: 2, length: 4 } as const

function read(
  position: Position,
  text: TextBytes,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  let at = start
  while (at < end) {
    switch (position.phase) {
      case 'ignore':
        return
      case 'skip': {
        const skipped = Math.min(position.left, end - at)
        at += skipped
        position.left -= skipped
        if (position.left === 0) goOn(position, position.next)
        break
      }
      case 'formats':
      case 'columns':
      case 'names':
      case 'length': {
        const { phase } = position
        while (position.left > 0 && at < end) {
          position.number = (position.number << 8) | bytes[at++]!
          position.left--
        }
        if (position.left === 0) numbered(position, phase, text)
        break
      }
      case 'value': {
        const valueUntil = Math.min(end, at + position.left)
        // jsonb in its binary format begins with its version, 1.
        const from = bytes[at] === 1 ? at + 1 : at
        text.add(bytes, from, valueUntil, false)
        position.left -= valueUntil - at
        at = valueUntil
        if (position.left === 0) nextValue(position, text)
        break
      }
      case 'rest': {
        text.add(bytes, at, end, position.unescape)
        at = end
        break
      }
      case 'letter': {
        const letter = bytes[at++]!
        if (letter === 0) return
        position.phase = readLetters.has(letter) ? 'field' : 'quiet'
        break
      }
      case 'strings':
      case 'field':
      case 'quiet':
      case 'texts':
      case 'name': {
        const zero = bytes.indexOf(0, at)
        const isEnd = zero !== -1 && zero < end
        const until = isEnd ? zero : end
        const { phase } = position
        if (phase !== 'strings' && phase !== 'quiet') text.add(bytes, at, until, false)
        at = isEnd ? until + 1 : end
        if (isEnd) stringEnded(position, text)
        break
      }
    }
  }
}

/** Message, detail, hint, context, SQLSTATE, and the names of schema, table, column, type and constraint. */
const readLetters: ReadonlySet<number> = new Set(Buffer.from('MDHWCstcdn'))
/** After the name of a column: its table, number, type, length, modifier and format. */
const columnBytes = 18

function goOn(position: Position, phase: Phase): void {
  position.phase = phase
  position.number = 0
  if (phase in numberBytes) position.left = numberBytes[phase as keyof typeof numberBytes]
}

function numbered(
  position: Position,
  phase: 'formats' | 'columns' | 'names' | 'length',
  text: TextBytes,
): void {
  const { number } = position
  switch (phase) {
    case 'formats':
      position.left = 2 * number
      position.next = 'columns'
      if (number === 0) goOn(position, 'columns')
      else position.phase = 'skip'
      return
    case 'columns':
      position.count = number
      goOn(position, number === 0 ? 'ignore' : 'length')
      return
    case 'names':
      position.count = number
      position.phase = number === 0 ? 'ignore' : 'name'
      return
    case 'length': // −1: NULL.
      position.left = Math.max(0, number)
      if (number <= 0) nextValue(position, text)
      else position.phase = 'value'
  }
}

function nextValue(position: Position, text: TextBytes): void {
  position.count--
  if (position.count === 0) {
    text.separator(position.end)
    position.phase = 'ignore' // What follows in the frame holds nothing.
    return
  }
  text.separator(valueEnd)
  goOn(position, 'length')
}

function stringEnded(position: Position, text: TextBytes): void {
  switch (position.phase) {
    case 'strings':
      position.count--
      if (position.count === 0) goOn(position, 'formats')
      return
    case 'name':
      position.count--
      text.separator(position.count === 0 ? position.end : valueEnd)
      position.left = columnBytes
      position.next = 'name'
      position.phase = position.count === 0 ? 'ignore' : 'skip'
      return
    case 'field':
      text.separator(valueEnd)
      position.phase = 'letter'
      return
    case 'quiet':
      position.phase = 'letter'
      return
    case 'texts':
      text.separator(valueEnd)
      return
    default:
  }
}
