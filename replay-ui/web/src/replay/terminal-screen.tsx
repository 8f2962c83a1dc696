/** The screen of a terminal at a time: the keyframe before it, and what came since. As many columns and lines as were recorded. */
import type { Terminal } from '@xterm/xterm'
import { useEffect, useRef } from 'react'
import type { TerminalEvent, TerminalSlice } from '@gatetrail/replay-api'
import { fewMarks } from './terminal-text.ts'
import { eventsBetween, isIn } from './terminal-time.ts'
import { createPicture, showPicture } from './xterm-picture.ts'

const fontSizeMax = 14
const fontSizeMin = 6
const columnsMax = 1_000
const linesMax = 500

type ScreenProps = { slice: TerminalSlice; micros: number; label: string }

export function Screen({ slice, micros, label }: ScreenProps) {
  const box = useRef<HTMLDivElement>(null)
  const painter = useRef<Painter>(undefined)
  useEffect(() => {
    const host = box.current
    if (host === null) return undefined
    const xterm = createPicture('screen')
    const remove = showPicture(xterm, host)
    const made = new Painter(xterm, host)
    painter.current = made
    const observer = new ResizeObserver(() => made.fit())
    observer.observe(host)
    return () => {
      observer.disconnect()
      made.stop()
      painter.current = undefined
      remove()
    }
  }, [])
  useEffect(() => {
    // Of another time: what is shown stays until the slice of this one is there.
    if (isIn(slice, micros)) painter.current?.show(slice, micros)
  }, [slice, micros])
  return (
    <div className="terminal-scroll terminal-screen" role="region" aria-label={label} tabIndex={0}>
      <div className="terminal-host" ref={box} />
    </div>
  )
}

/** Paints one time after the other: xterm.js writes behind, and a reset in between would tear the screen. */
class Painter {
  readonly #xterm: Terminal
  readonly #host: HTMLElement
  #shown: { slice: TerminalSlice; micros: number } | undefined
  #wanted: { slice: TerminalSlice; micros: number } | undefined
  #busy = false
  #stopped = false

  constructor(xterm: Terminal, host: HTMLElement) {
    this.#xterm = xterm
    this.#host = host
  }

  show(slice: TerminalSlice, micros: number): void {
    this.#wanted = { slice, micros }
    if (!this.#busy) this.#paint()
  }

  stop(): void {
    this.#stopped = true
  }

  /** As large as the box allows. */
  fit(): void {
    const screen = this.#host.querySelector('.xterm-screen')
    const room = this.#host.clientWidth
    const size = this.#xterm.options.fontSize ?? fontSizeMax
    if (screen === null || screen.clientWidth === 0 || room === 0) return
    const wanted = Math.floor(((size * room) / screen.clientWidth) * 4) / 4
    const fits = Math.max(fontSizeMin, Math.min(fontSizeMax, wanted))
    if (fits !== size) this.#xterm.options.fontSize = fits
  }

  #paint(): void {
    const wanted = this.#wanted
    if (wanted === undefined || this.#stopped) return
    this.#wanted = undefined
    this.#busy = true
    const { slice, micros } = wanted
    const goesOn = this.#shown?.slice === slice && this.#shown.micros <= micros
    const from =
      goesOn && this.#shown !== undefined ? this.#shown.micros : slice.keyframe.offsetMicros
    if (!goesOn) {
      this.#xterm.reset()
      this.#resize(slice.keyframe.columns, slice.keyframe.rows)
      this.#xterm.write(fewMarks(slice.keyframe.state))
    }
    this.#shown = wanted
    this.#write(eventsBetween(slice, from, micros))
  }

  /** A change of size waits for what was written before it. */
  #write(events: readonly TerminalEvent[]): void {
    const at = events.findIndex(({ kind }) => kind === 'resize')
    const before = at === -1 ? events : events.slice(0, at)
    const text = before.map((event) => (event.kind === 'output' ? event.text : '')).join('')
    this.#xterm.write(fewMarks(text), () => {
      if (this.#stopped) return
      const resize = at === -1 ? undefined : events[at]
      if (resize?.kind === 'resize') {
        this.#resize(resize.columns, resize.rows)
        this.#write(events.slice(at + 1))
        return
      }
      this.#busy = false
      this.#paint()
    })
  }

  #resize(columns: number, rows: number): void {
    this.#xterm.resize(
      Math.max(1, Math.min(columnsMax, columns)),
      Math.max(1, Math.min(linesMax, rows)),
    )
    this.fit()
  }
}
