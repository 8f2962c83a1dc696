/** An xterm.js that is a picture: it shows text, takes nothing in, answers nothing and opens nothing. */
import { Terminal, type ITheme } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { guardTerminal } from './terminal-guard.ts'
import { placeInText } from './terminal-text.ts'

const scrollbackMax = 20_000
const cellsMin = 40

/** `screen`: as large as it was recorded, with a cursor that moves; else text that flows. */
export function createPicture(kind: 'text' | 'screen'): Terminal {
  const xterm = new Terminal({
    rows: 1,
    cols: 80,
    disableStdin: true,
    screenReaderMode: true,
    convertEol: kind === 'text',
    cursorBlink: false,
    cursorInactiveStyle: kind === 'text' ? 'none' : 'outline',
    scrollback: scrollbackMax,
    fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
    fontSize: 13,
    lineHeight: kind === 'text' ? 1.25 : 1.1,
    minimumContrastRatio: 4.5,
    drawBoldTextInBrightColors: false,
    linkHandler: null,
    allowProposedApi: false,
    windowOptions: {},
  })
  guardTerminal(xterm.parser, kind)
  // Tab goes on, arrow keys scroll, Ctrl+C copies what is selected: all as in the rest of the page.
  xterm.attachCustomKeyEventHandler(() => false)
  xterm.attachCustomWheelEventHandler(() => xterm.buffer.active.baseY > 0)
  return xterm
}

/** Puts it into the page, in the colours of the reader. Returns how to take it away. */
export function showPicture(xterm: Terminal, host: HTMLElement): () => void {
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
    xterm.dispose()
  }
}

export function columnsThatFit(xterm: Terminal, scroller: HTMLElement): number {
  const screen = scroller.querySelector('.xterm-screen')
  const cell = screen === null ? 0 : screen.clientWidth / xterm.cols
  const { paddingLeft, paddingRight } = getComputedStyle(scroller)
  const room = scroller.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)
  return cell > 0 ? Math.floor(room / cell) : cellsMin
}

/** The character under a pointer: line of the text and place in it, from 0, however the terminal wraps it. */
export function cellUnder(
  xterm: Terminal,
  host: HTMLElement,
  pointer: { clientX: number; clientY: number },
): { line: number; column: number } | undefined {
  const screen = host.querySelector('.xterm-screen')
  if (screen === null) return undefined
  const { left, top, width, height } = screen.getBoundingClientRect()
  if (width === 0 || height === 0) return undefined
  const { viewportY } = xterm.buffer.active
  const row = Math.floor(((pointer.clientY - top) / height) * xterm.rows) + viewportY
  const column = Math.floor(((pointer.clientX - left) / width) * xterm.cols)
  return placeInText(row, column, xterm.cols, (at) => xterm.buffer.active.getLine(at)?.isWrapped === true) // prettier-ignore
}

function themeFor(dark: boolean): ITheme {
  return dark
    ? {
        background: '#0c1116',
        foreground: '#dde5ec',
        cursor: '#5d7080',
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
        cursor: '#98a6b3',
        selectionBackground: '#bfe0ea',
        red: '#b42318',
        green: '#1d6b3a',
        yellow: '#8a5200',
        cyan: '#0b5a6e',
        brightBlack: '#4d5c6a',
      }
}
