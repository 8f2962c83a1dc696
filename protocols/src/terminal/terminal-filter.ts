/**
 * What a recorded terminal was given → what a viewer's terminal may be given. An allow-list: text, line ends, cursor movement, erasing,
 * scrolling, colours, the alternate screen. Nothing that names a title, a link, the clipboard or a colour table (OSC), no device
 * strings (DCS, APC, PM, SOS), nothing that the terminal answers (DA, DSR, DECRQM, window reports), no mouse or paste modes. What is
 * left out leaves nothing behind. After ECMA-48 and xterm's ctlseqs. Pure; its state is bounded.
 */
import { unreachable } from '@gatetrail/schemas'

const sequenceCharactersMax = 128
const parametersMax = 32
const parameterMax = 9_999
/** Of a repeated character: more than any line holds. */
const repeatsMax = 500
const combiningRunMax = 8
/** A string that nobody ends hides no more than this. */
const stringCharactersMax = 64 * 1024

type State = 'ground' | 'escape' | 'charset' | 'csi' | 'string'

/** Text shown, and how: what a keyframe can't keep is known here. */
export type ScreenState = { scrollRegion: boolean; origin: boolean; charset: boolean }

/** Where a filter stands: with it another one goes on just there. */
export type FilterPlace = {
  state: State
  sequence: string
  stringCharacters: number
  combining: number
  /** The beginning of a character that goes on. */
  begun: Uint8Array
  screen: ScreenState
}

export class TerminalFilter {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  #state: State = 'ground'
  #sequence = ''
  #stringCharacters = 0
  #combining = 0
  /** The last bytes: a character may go on. */
  #tail = new Uint8Array(0)
  readonly #screen: ScreenState = { scrollRegion: false, origin: false, charset: false }

  /** `place`: of the one that took what was before. */
  constructor(place?: FilterPlace) {
    if (place === undefined) return
    this.#state = place.state
    this.#sequence = place.sequence
    this.#stringCharacters = place.stringCharacters
    this.#combining = place.combining
    this.#tail = Uint8Array.from(place.begun)
    this.#decoder.decode(place.begun, { stream: true })
    Object.assign(this.#screen, place.screen)
  }

  get place(): FilterPlace {
    return {
      state: this.#state,
      sequence: this.#sequence,
      stringCharacters: this.#stringCharacters,
      combining: this.#combining,
      begun: begunIn(this.#tail),
      screen: { ...this.#screen },
    }
  }

  /** Between two sequences and two characters: what follows can be read without what was before. */
  get atRest(): boolean {
    return this.#state === 'ground' && begunIn(this.#tail).length === 0
  }

  /** Nothing is set that a picture of the screen does not show. */
  get isPlain(): boolean {
    const { scrollRegion, origin, charset } = this.#screen
    return this.atRest && !scrollRegion && !origin && !charset
  }

  push(bytes: Uint8Array): string {
    const text = this.#decoder.decode(bytes, { stream: true })
    this.#tail = tailOf(this.#tail, bytes)
    let shown = ''
    // Ends: every turn takes a character at least.
    for (let at = 0; at < text.length;) {
      const run = this.#state === 'ground' ? this.#run(text, at) : undefined
      if (run !== undefined) {
        shown += run.shown
        at = run.next
        continue
      }
      const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
      shown += this.#take(character)
      at += character.length
    }
    return shown
  }

  /** Most of what a terminal is given, in one piece: plain text, and sequences that are whole. As `#take` reads them. */
  #run(text: string, at: number): { shown: string; next: number } | undefined {
    plainText.lastIndex = at
    if (plainText.test(text)) {
      const next = plainText.lastIndex
      const shown = text.slice(at, next)
      if (resetsMarks.test(shown)) this.#combining = 0
      return { shown, next }
    }
    wholeSequence.lastIndex = at
    const [sequence, parameters = '', final = ''] = wholeSequence.exec(text) ?? []
    if (sequence === undefined) return undefined
    const next = at + sequence.length
    const isPlain = final === 'm' ? plainColours.test(parameters) : movesOrErases.test(final) && plainNumbers.test(parameters) // prettier-ignore
    if (isPlain) return { shown: sequence, next }
    return { shown: this.#allowed(parameters, final), next }
  }

  #take(character: string): string {
    const code = character.codePointAt(0) ?? 0
    // CAN and SUB end whatever is going on.
    if (code === 0x18 || code === 0x1a) return this.#rest()
    if (this.#state === 'string') return this.#inString(code)
    if (code === 0x1b) {
      this.#state = 'escape'
      this.#sequence = ''
      return ''
    }
    switch (this.#state) {
      case 'ground':
        return this.#shown(character, code)
      case 'escape':
        return this.#escape(character, code)
      case 'charset':
        return this.#charset(character)
      case 'csi':
        return this.#csi(character, code)
      default:
        return unreachable(this.#state)
    }
  }

  #rest(): string {
    this.#state = 'ground'
    this.#sequence = ''
    return ''
  }

  #inString(code: number): string {
    // BEL, ST, and the ESC that ST begins with; what follows that ESC is read as a sequence, and `\` does nothing.
    if (code === 0x07 || code === 0x9c) return this.#rest()
    if (code === 0x1b) this.#state = 'escape'
    else if (++this.#stringCharacters > stringCharactersMax) return this.#rest()
    return ''
  }

  #string(): string {
    this.#state = 'string'
    this.#stringCharacters = 0
    return ''
  }

  #shown(character: string, code: number): string {
    if (code < 0x20) {
      if (code === 0x0e) this.#screen.charset = true
      if (code === 0x0f) this.#screen.charset = false
      return allowedControls.has(code) ? character : ''
    }
    if (code < 0x7f) {
      this.#combining = 0
      return character
    }
    if (code < 0xa0) return this.#control8(code)
    if (code < 0x300) return code === 0xad ? '' : character
    if (hidden.test(character)) return '\ufffd'
    this.#combining = mark.test(character) ? this.#combining + 1 : 0
    return this.#combining > combiningRunMax ? '' : character
  }

  /** C1 in eight bits: the introducers open what they open, the others are left out. */
  #control8(code: number): string {
    if (code === 0x9b) {
      this.#state = 'csi'
      this.#sequence = ''
    } else if (stringIntroducers8.has(code)) this.#string()
    return ''
  }

  #escape(character: string, code: number): string {
    if (character === '[') {
      this.#state = 'csi'
      return ''
    }
    if (stringIntroducers.has(character)) return this.#string()
    if ('()*+'.includes(character)) {
      this.#state = 'charset'
      this.#sequence = character
      return ''
    }
    // Intermediates of sequences that we know nothing of.
    if (code >= 0x20 && code < 0x30) {
      if (this.#sequence.length < sequenceCharactersMax) this.#sequence += character
      return ''
    }
    const isOfIntermediates = this.#sequence !== ''
    this.#rest()
    if (isOfIntermediates || !allowedEscapes.has(character)) return ''
    if (character === 'c') this.#reset()
    return `\u001b${character}`
  }

  #charset(character: string): string {
    const which = this.#sequence
    this.#rest()
    if (!'0AB'.includes(character)) return ''
    if (which === '(') this.#screen.charset = character === '0'
    return `\u001b${which}${character}`
  }

  #csi(character: string, code: number): string {
    if (code < 0x20) return allowedControls.has(code) ? character : ''
    if (code < 0x40) {
      if (this.#sequence.length < sequenceCharactersMax) this.#sequence += character
      return ''
    }
    const parameters = this.#sequence
    this.#rest()
    const isWhole = parameters.length < sequenceCharactersMax && code <= 0x7e
    return isWhole ? this.#allowed(parameters, character) : ''
  }

  #allowed(sequence: string, final: string): string {
    const match = /^([?>=<]?)([0-9;:]*)([ -/]*)$/.exec(sequence)
    if (match === null) return ''
    const [, prefix = '', list = '', intermediates = ''] = match
    if (intermediates !== '') {
      if (prefix + list + intermediates + final !== '!p') return ''
      this.#reset()
      return '\u001b[!p'
    }
    const parameters = list.split(';').slice(0, parametersMax)
    if (final === 'h' || final === 'l') return this.#modes(prefix, parameters, final)
    if (final === 'm') return prefix === '' ? colours(parameters) : ''
    if (list.includes(':')) return ''
    const numbers = parameters.map(bounded)
    if (prefix === '?') return final === 'J' || final === 'K' ? sequenceOf('?', numbers, final) : ''
    if (prefix !== '') return ''
    if (final === 'r') {
      this.#screen.scrollRegion = numbers.some((number) => number !== '')
      return sequenceOf('', numbers.slice(0, 2), 'r')
    }
    if (final === 'b')
      return sequenceOf('', [`${Math.min(Math.max(Number(numbers[0]), 1), repeatsMax)}`], 'b')
    return allowedFinals.has(final) ? sequenceOf('', numbers, final) : ''
  }

  #modes(prefix: string, parameters: readonly string[], final: 'h' | 'l'): string {
    const known = prefix === '?' ? allowedPrivateModes : prefix === '' ? allowedModes : undefined
    const wanted = parameters.filter((parameter) => known?.has(parameter) === true)
    if (prefix === '?' && wanted.includes('6')) this.#screen.origin = final === 'h'
    return wanted.length === 0 ? '' : sequenceOf(prefix, wanted, final)
  }

  #reset(): void {
    Object.assign(this.#screen, { scrollRegion: false, origin: false, charset: false })
  }
}

// Controls that move the cursor, and letters that are neither marks nor hidden.
const plainText =
  /[\x08-\x0d\x20-\x7e\xa0-\xac\xae-\u02ff\u2500-\u25ff\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3]+/y // eslint-disable-line no-control-regex
const resetsMarks = /[\x20-\x7e\u2500-\ud7a3]/
const wholeSequence = /\x1b\[([?>=<]?[0-9:;]{0,120})([@-~])/y // eslint-disable-line no-control-regex
// Passed as they are by the rules below too, found so without looking at each parameter.
const plainColours = /^[0-79;]{0,60}$/
const movesOrErases = /^[A-HJKLMPSTXd]$/
const plainNumbers = /^(?:0|[1-9][0-9]{0,3})?(?:;(?:0|[1-9][0-9]{0,3})?){0,4}$/

// BS, HT, LF, VT, FF, CR, and SO and SI, which choose the characters that lines are drawn with.
const allowedControls: ReadonlySet<number> = new Set([8, 9, 10, 11, 12, 13, 14, 15])
// Save and restore the cursor, index, next line, tab stop, reverse index, reset.
const allowedEscapes: ReadonlySet<string> = new Set(['7', '8', 'D', 'E', 'H', 'M', 'c'])
// DCS, SOS, OSC, PM, APC.
const stringIntroducers: ReadonlySet<string> = new Set(['P', 'X', ']', '^', '_'])
const stringIntroducers8: ReadonlySet<number> = new Set([0x90, 0x98, 0x9d, 0x9e, 0x9f])
// Moving (A to H, a, d, e, f, I, Z, `), erasing (J, K, X), inserting and deleting (@, L, M, P), scrolling (S, T), tabs (g), cursor (s, u).
const allowedFinals: ReadonlySet<string> = new Set('ABCDEFGHadefIZ`JKX@LMPSTgsu')
// Insert, new line.
const allowedModes: ReadonlySet<string> = new Set(['4', '20'])
// Reverse, origin, wrap, blink and show the cursor, wrap backwards, the alternate screen in its four ways.
const allowedPrivateModes: ReadonlySet<string> = new Set(['5', '6', '7', '12', '25', '45', '47', '1047', '1048', '1049']) // prettier-ignore
const mark = /^[\p{Mn}\p{Me}]$/u
// What reorders or hides text.
const hidden = /^[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Cn}]$/u

function bounded(parameter: string): string {
  return parameter === '' ? '' : `${Math.min(Number(parameter), parameterMax)}`
}

function sequenceOf(prefix: string, parameters: readonly string[], final: string): string {
  return `\u001b[${prefix}${parameters.join(';')}${final}`
}

/** SGR, without what hides text (8). In `38;5;8` it is a colour. */
function colours(parameters: readonly string[]): string {
  const kept: string[] = []
  for (let at = 0; at < parameters.length; at++) {
    const parameter = parameters[at]!
    const isColour = parameter === '38' || parameter === '48' || parameter === '58'
    const length = isColour
      ? parameters[at + 1] === '5'
        ? 3
        : parameters[at + 1] === '2'
          ? 5
          : 1
      : 1
    if (length === 1 && /^0*8(?::|$)/.test(parameter)) continue
    kept.push(...parameters.slice(at, at + length))
    at += length - 1
  }
  return kept.length === 0 && parameters.length > 0 ? '' : sequenceOf('', kept, 'm')
}

const nothing = new Uint8Array(0)

function tailOf(before: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if ((bytes.at(-1) ?? 0x80) < 0x80) return nothing
  return Uint8Array.from(bytes.length >= 3 ? bytes.subarray(-3) : [...before, ...bytes].slice(-3))
}

/** If they end within a character of UTF-8: its beginning. */
function begunIn(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if (byte < 0x80) break
    if (byte < 0xc0) continue
    return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? bytes.slice(-back) : nothing
  }
  return nothing
}
