/**
 * Reads CSV in pieces (RFC 4180, also with `;`, tab or `|` between fields): a row at a time, with the line that it begins in.
 * For detect-columns.ts. Holds one row; every row has a bound.
 */
import { TextDecoder } from 'node:util'
import { GatetrailError } from '@gatetrail/schemas'

export type CsvRow = {
  /** From 1. */
  readonly line: number
  readonly fields: readonly string[]
}

const rowCharactersMax = 8 * 1024 * 1024
const delimiters = [',', ';', '\t', '|'] as const
const quote = '"'

/** `name`: what messages call the file. Empty lines are no rows. @throws GatetrailError INPUT_UNREADABLE, with the line */
export async function* readCsvRows(
  pieces: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<CsvRow> {
  const rows = new CsvRows(name)
  let decoder: TextDecoder | undefined
  for await (const piece of pieces) {
    decoder ??= new TextDecoder(piece[0] === 0xff && piece[1] === 0xfe ? 'utf-16le' : 'utf-8')
    yield* rows.take(decoder.decode(piece, { stream: true }))
  }
  yield* rows.take(decoder?.decode() ?? '')
  yield* rows.end()
}

class CsvRows {
  readonly #name: string
  /** Known from the header on. */
  #delimiter: string | undefined
  #line = 1
  #firstLine = 1
  #fields: string[] = []
  #field = ''
  #rowCharacters = 0
  /** quoted: within quotes; closing: behind a quote that ends the field, or is one of two that stand for one. */
  #state: 'begin' | 'plain' | 'quoted' | 'closing' = 'begin'
  #quoteLine = 1
  #lastWasReturn = false
  #hasHeader = false

  constructor(name: string) {
    this.#name = name
  }

  *take(text: string): Generator<CsvRow> {
    for (const letter of text) {
      if (++this.#rowCharacters > rowCharactersMax)
        throw this.#wrong(this.#firstLine, `a row is longer than ${rowCharactersMax} characters`)
      const isBreak = letter === '\n' || letter === '\r'
      if (letter === '\r' || (letter === '\n' && !this.#lastWasReturn)) this.#line++
      const second = letter === '\n' && this.#lastWasReturn
      this.#lastWasReturn = letter === '\r'
      if (this.#state === 'quoted') {
        if (letter === quote) this.#state = 'closing'
        else this.#field += letter
      } else if (isBreak) {
        if (!second) yield* this.#endRow()
        this.#firstLine = this.#line
      } else this.#takeUnquoted(letter)
    }
  }

  *end(): Generator<CsvRow> {
    if (this.#state === 'quoted')
      throw this.#wrong(this.#quoteLine, 'the quotes that are opened here are not closed')
    yield* this.#endRow()
  }

  #takeUnquoted(letter: string): void {
    if (letter === quote && this.#state !== 'plain') {
      if (this.#state === 'closing') this.#field += quote
      else this.#quoteLine = this.#line
      this.#state = 'quoted'
    } else if (this.#endsField(letter)) {
      this.#fields.push(this.#field)
      this.#field = ''
      this.#state = 'begin'
    } else {
      this.#field += letter
      this.#state = 'plain'
    }
  }

  /** The first delimiter of the header is that of the file: names of columns seldom have one in them. */
  #endsField(letter: string): boolean {
    this.#delimiter ??= delimiters.find((delimiter) => delimiter === letter)
    return letter === this.#delimiter
  }

  *#endRow(): Generator<CsvRow> {
    const isEmpty = this.#fields.length === 0 && this.#field.trim() === ''
    if (!this.#saysDelimiter() && (!isEmpty || this.#state === 'closing')) {
      this.#hasHeader = true
      this.#fields.push(this.#field)
      // Of one column: then nothing separates.
      this.#delimiter ??= ''
      yield { line: this.#firstLine, fields: this.#fields }
    }
    this.#fields = []
    this.#field = ''
    this.#state = 'begin'
    this.#rowCharacters = 0
  }

  /** `sep=;` before the header: so spreadsheets say what stands between fields. */
  #saysDelimiter(): boolean {
    const [first, second] = this.#fields
    const isAlone = second === undefined && this.#field === ''
    return !this.#hasHeader && isAlone && first?.toLowerCase() === 'sep='
  }

  #wrong(line: number, why: string): GatetrailError {
    return new GatetrailError('INPUT_UNREADABLE', `${this.#name}:${line}: ${why}`)
  }
}
