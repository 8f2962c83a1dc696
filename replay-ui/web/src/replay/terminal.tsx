/**
 * xterm.js as a picture: it shows text and takes nothing in. As many lines as the text has, so that the box around it scrolls
 * both ways, as every other box does; the keyboard stays with the page.
 */
import { onlyColours } from '@gatetrail/protocols'
import { Terminal as Xterm, type ITheme } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { useEffect, useRef } from 'react'
import { guardTerminal } from './terminal-guard.ts'
import { legibleNotes, sizeOf } from './terminal-text.ts'

const columnsMax = 2_000
const columnsMin = 40
/** More lines than this are kept in the terminal's own scroll-back. */
const linesMax = 600
const scrollbackMax = 20_000

type TerminalProps = { text: string; label: string }

export function Terminal({ text, label }: TerminalProps) {
  const box = useRef<HTMLDivElement>(null)
  const terminal = useRef<Xterm>(undefined)

  useEffect(() => {
    const host = box.current
    if (host === null) return undefined
    const xterm = createTerminal()
    terminal.current = xterm
    xterm.open(host)
    host.querySelector('textarea')?.setAttribute('tabindex', '-1')
    const dark = window.matchMedia('(prefers-color-scheme: dark)')
    const paint = () => {
      xterm.options.theme = themeFor(dark.matches)
    }
    paint()
    dark.addEventListener('change', paint)
    return () => {
      dark.removeEventListener('change', paint)
      terminal.current = undefined
      xterm.dispose()
    }
  }, [])

  useEffect(() => {
    const xterm = terminal.current
    const scroller = box.current?.parentElement
    if (xterm === undefined || scroller === null || scroller === undefined) return undefined
    const safe = onlyColours(text)
    const fit = () => {
      const room = Math.min(columnsMax, Math.max(columnsMin, columnsThatFit(xterm, scroller)))
      const { columns, lines } = sizeOf(safe, room, columnsMax)
      xterm.resize(columns, Math.max(1, Math.min(linesMax, lines)))
    }
    xterm.reset()
    fit()
    xterm.write(legibleNotes(safe).replace(/\r\n$/, ''))
    scroller.scrollTo(0, 0)
    const observer = new ResizeObserver(fit)
    observer.observe(scroller)
    return () => observer.disconnect()
  }, [text])

  return (
    <div className="terminal-scroll" role="region" aria-label={label} tabIndex={0}>
      <div className="terminal-host" ref={box} />
    </div>
  )
}

function createTerminal(): Xterm {
  const xterm = new Xterm({
    rows: 1,
    cols: 80,
    disableStdin: true,
    screenReaderMode: true,
    convertEol: true,
    cursorBlink: false,
    cursorInactiveStyle: 'none',
    scrollback: scrollbackMax,
    fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
    fontSize: 13,
    lineHeight: 1.25,
    minimumContrastRatio: 4.5,
    drawBoldTextInBrightColors: false,
    linkHandler: null,
    allowProposedApi: false,
    windowOptions: {},
  })
  guardTerminal(xterm.parser)
  // Tab goes on, arrow keys scroll, Ctrl+C copies what is selected: all as in the rest of the page.
  xterm.attachCustomKeyEventHandler(() => false)
  xterm.attachCustomWheelEventHandler(() => xterm.buffer.active.baseY > 0)
  return xterm
}

function columnsThatFit(xterm: Xterm, scroller: HTMLElement): number {
  const screen = scroller.querySelector('.xterm-screen')
  const cell = screen === null ? 0 : screen.clientWidth / xterm.cols
  const { paddingLeft, paddingRight } = getComputedStyle(scroller)
  const room = scroller.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)
  return cell > 0 ? Math.floor(room / cell) : columnsMin
}

function themeFor(dark: boolean): ITheme {
  return dark
    ? {
        background: '#0c1116',
        foreground: '#dde5ec',
        cursor: '#0c1116',
        selectionBackground: '#2f5566',
        red: '#ff8a7a',
        green: '#7fd49a',
        yellow: '#f0b95c',
        cyan: '#5cc3d9',
        brightBlack: '#a3b3c0',
      }
    : {
        background: '#fbfcfd',
        foreground: '#16202a',
        cursor: '#fbfcfd',
        selectionBackground: '#bfe0ea',
        red: '#b42318',
        green: '#1d6b3a',
        yellow: '#8a5200',
        cyan: '#0b5a6e',
        brightBlack: '#4d5c6a',
      }
}
