/**
 * Frames as they were recorded → the text in them that a person could have read, for a search: what results showed (`shown`), what
 * the client sent besides its statements (`sent`), errors and notices (`errors`). Frames come in fragments, cut anywhere: what was cut is
 * gone on with, and where a text is cut, its last bytes are said again in the next piece, so that every word stands whole in one of them.
 * Pure; nothing here grows but with what it is given.
 */
import { frameHeaderBytes, backendTypes, frontendTypes } from './frames.ts'
import { HiddenWords } from './hidden-words.ts'
import { headBytes, repeatedBytesMax, TextBytes, valueEnd } from './text-bytes.ts'

/** Between values, after a row, and after what is above rows: never part of a text. */
export const textSeparators = { value: '\u001f', row: '\u001e', head: '\u001d' } as const
const rowEnd = 0x1e
const headEnd = 0x1d

/** Of a statement: on record by itself up to there (limits.ts of the proxy); what is behind is text that the client sent. */
const statementBytesRecorded = 64 * 1024

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
  /** Of the value in hand: see `TextBytes.add`. What is no value is a text, and has no head. */
  head: number
  /** In hex: said again before what comes next. */
  again: string
}

/**
 * One per process that reads chunks, reused for each: first `begin`, then its fragments, then `end`. With `shown: 'hidden'` only what
 * an index of the frames' bytes lacks of what results showed: hidden words, and the texts of frames that were cut.
 */
export class FrameTexts {
  readonly #hidden: HiddenWords | undefined
  readonly #texts = { shown: new TextBytes(), sent: new TextBytes(), errors: new TextBytes() }
  #positions: Positions = [atRest(), atRest()]
  /** Of chunks that begin with a new frame, which most do: made once. */
  readonly #fresh: Positions = [atRest(), atRest()]
  /** Of the text that the frame in hand is written to: where the frame begins in it. */
  readonly #frameAt: [number, number] = [0, 0]

  constructor({ shown = 'all' }: { shown?: 'all' | 'hidden' } = {}) {
    this.#hidden = shown === 'hidden' ? new HiddenWords() : undefined
  }

  /** `rest`: what `end` gave for the chunk before. */
  begin(rest: string): void {
    this.#hidden?.clear()
    const { shown, sent, errors } = this.#texts
    shown.clear()
    sent.clear()
    errors.clear()
    this.#positions = rest === '' ? this.#fresh : positionsOf(rest)
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
    if (this.#hidden !== undefined && first && last && toClient)
      if (this.#hidden.addTo(this.#texts.shown, type, bytes, start, end)) return
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
    if (!cut) return ''
    // Of a direction that is between frames, nothing of what was before: the same records make the same rows.
    return JSON.stringify(this.#positions.map((one) => (one.phase === 'ignore' ? atRest() : one)))
  }

  /** A view, until the next `begin`. */
  text(name: TextName): Uint8Array {
    return this.#texts[name].bytes()
  }
}

type Positions = [toTarget: Position, toClient: Position]

/** Our own, of `end`; those from before have no `head`. */
function positionsOf(rest: string): Positions {
  const [toTarget, toClient] = JSON.parse(rest) as Positions
  return [
    { ...atRest(), ...toTarget },
    { ...atRest(), ...toClient },
  ]
}

function atRest(): Position {
  const at = { left: 0, number: 0, count: 0, unescape: false, head: 0, again: '' }
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
  position.head = type === backendTypes.functionCallResponse && toClient ? headBytes : 0
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
        const from = position.head === headBytes && bytes[at] === 1 ? at + 1 : at
        position.head = text.add(bytes, from, valueUntil, false, position.head)
        position.left -= valueUntil - at
        at = valueUntil
        if (position.left === 0) nextValue(position, text)
        break
      }
      case 'rest': {
        position.head = text.add(bytes, at, end, position.unescape, position.head)
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
        if (phase !== 'strings' && phase !== 'quiet') text.add(bytes, at, until, false, 0)
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
      position.head = headBytes
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
