/** How a transcript looks: its colours, its notes, and the cells of its tables. From session-transcript.ts. */
import type { TableCell } from './render-table.ts'
import type { RecordedValue } from './session-messages.ts'
import { shownValue, type Column } from './transcript-values.ts'
import { visibleText } from './visible-text.ts'

export class TranscriptPaint {
  readonly #colors: boolean
  readonly #touched: boolean
  /** Cells that hold masked characters. */
  maskedCells = 0

  /** `touched`: values of the answer were masked, so that cells of nothing but stars count. */
  constructor({ colors, touched }: { colors: boolean; touched: boolean }) {
    this.#colors = colors
    this.#touched = touched
  }

  color(code: number, text: string): string {
    return this.#colors ? `\u001b[${code}m${text}\u001b[0m` : text
  }

  /** Our own words, told from those of the session. */
  note(text: string): string {
    return this.color(2, `-- ${visibleText(text).replaceAll('\n', ' ')}`)
  }

  cell(column: Column, value: RecordedValue | undefined): TableCell {
    if (value?.bytes === undefined) return { text: undefined, paint: this.#paintNull }
    const text = shownValue(column, value.bytes, value.cut)
    if (!this.#touched || !looksMasked(text)) return { text }
    this.maskedCells++
    return { text, paint: this.#paintMasked }
  }

  readonly #paintNull = (text: string): string => this.color(2, text)

  readonly #paintMasked = (text: string): string =>
    text.replace(/\*[*\-. ]*\*|\*/g, (stars) => this.color(33, stars))
}

/** Masking keeps what separates: not a letter nor a digit is left. */
function looksMasked(text: string): boolean {
  return text.includes('***') && !/[\p{L}\p{N}]/u.test(text)
}
