/** A terminal without a window: takes what a session showed and gives pictures of its screen. xterm.js gives way to other work every few ms. */
import {
  readResize,
  TerminalFilter,
  terminalSizeDefault,
  type FilterPlace,
  type TerminalSize,
} from '@gatetrail/protocols'
import { SerializeAddon } from '@xterm/addon-serialize'
import headless from '@xterm/headless'
import { screenPendingMax, terminalScrollbackRows } from '../limits.ts'

export class Screen {
  readonly #terminal: headless.Terminal
  readonly #serializer = new SerializeAddon()
  readonly #filter: TerminalFilter
  #pending = ''

  constructor(size: TerminalSize = terminalSizeDefault, state = '', filter?: FilterPlace) {
    this.#filter = new TerminalFilter(filter)
    this.#terminal = new headless.Terminal({
      cols: size.columns,
      rows: size.rows,
      scrollback: terminalScrollbackRows,
      allowProposedApi: true,
    })
    this.#terminal.loadAddon(this.#serializer)
    this.#pending = state
  }

  get size(): TerminalSize {
    return { columns: this.#terminal.cols, rows: this.#terminal.rows }
  }

  /** Nothing is set that a picture would lose. */
  get isPlain(): boolean {
    return this.#filter.isPlain
  }

  get filter(): FilterPlace {
    return this.#filter.place
  }

  /** Takes output; what it shows is drawn with the next `drawn`. */
  async show(bytes: Uint8Array): Promise<void> {
    this.#pending += this.#filter.push(bytes)
    if (this.#pending.length > screenPendingMax) await this.drawn()
  }

  /** Takes the bytes of a frame that says how large the terminal is now. */
  async resize(frame: Uint8Array): Promise<void> {
    const size = readResize(frame)
    if (size === undefined) return
    await this.drawn()
    this.#terminal.resize(size.columns, size.rows)
  }

  async drawn(): Promise<void> {
    const text = this.#pending
    if (text === '') return
    this.#pending = ''
    await new Promise<void>((resolve) => this.#terminal.write(text, resolve))
  }

  /**
   * The screen as text that draws it again; undefined where that can't be told exactly: at the end of a line, before it wraps.
   * `always`: even there, with what comes next on the same line.
   */
  async picture(always: boolean): Promise<string | undefined> {
    await this.drawn()
    const isBeforeWrap = this.#terminal.buffer.active.cursorX >= this.#terminal.cols
    if (isBeforeWrap && !always) return undefined
    return this.#serializer.serialize({ scrollback: terminalScrollbackRows })
  }

  close(): void {
    this.#terminal.dispose()
  }
}
