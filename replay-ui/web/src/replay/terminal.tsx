/**
 * A transcript in the terminal. As many lines as the text has, so that the box around it scrolls both ways, as every other box
 * does; the keyboard stays with the page. A pointer on a masked cell is told why it is masked.
 */
import { onlyColours } from '@gatetrail/protocols'
import { SearchAddon } from '@xterm/addon-search'
import type { Terminal as Xterm } from '@xterm/xterm'
import { useEffect, useMemo, useRef, useState, type PointerEvent } from 'react'
import { maskedCellsIn, type MaskedCell } from './masked-cells.ts'
import { fewMarks, legibleNotes, sizeOf } from './terminal-text.ts'
import { cellUnder, columnsThatFit, createPicture, showPicture } from './xterm-picture.ts'

const columnsMax = 2_000
const columnsMin = 40
/** More lines than this are kept in the terminal's own scroll-back. */
const linesMax = 600
const linesAbove = 4

type TerminalProps = {
  text: string
  label: string
  /** Marked where it stands first. */
  find: string
  /** Why cells of this column are masked. */
  whyMasked: (column: string | undefined) => string
}

type Parts = { xterm: Xterm; search: SearchAddon }
type Tip = { column: string | undefined; left: number; top: number }

export function Terminal({ text, label, find, whyMasked }: TerminalProps) {
  const box = useRef<HTMLDivElement>(null)
  const parts = useRef<Parts>(undefined)
  const [tip, setTip] = useState<Tip>()
  const safe = useMemo(() => fewMarks(onlyColours(text)), [text])
  const masked = useMemo(() => maskedCellsIn(safe), [safe])

  useEffect(() => {
    const host = box.current
    if (host === null) return undefined
    const xterm = createPicture('text')
    const search = new SearchAddon()
    xterm.loadAddon(search)
    parts.current = { xterm, search }
    const remove = showPicture(xterm, host)
    return () => {
      parts.current = undefined
      remove()
    }
  }, [])

  useEffect(() => {
    const scroller = box.current?.parentElement
    if (parts.current === undefined || scroller === null || scroller === undefined) return undefined
    const { xterm, search } = parts.current
    const fit = () => {
      const room = Math.min(columnsMax, Math.max(columnsMin, columnsThatFit(xterm, scroller)))
      const { columns, lines } = sizeOf(safe, room, columnsMax)
      xterm.resize(columns, Math.max(1, Math.min(linesMax, lines)))
    }
    let isShown = true
    // xterm.js writes behind: reset before that is done, what is left of the text before would stand in this one.
    xterm.write('', () => {
      if (!isShown) return
      xterm.reset()
      fit()
      scroller.scrollTo(0, 0)
      xterm.write(legibleNotes(safe).replace(/\r\n$/, ''), () => {
        if (!isShown || find === '' || !search.findNext(find)) return
        const line = xterm.getSelectionPosition()?.start.y ?? 0
        const lineHeight = scroller.scrollHeight / Math.max(1, xterm.rows)
        scroller.scrollTo(0, (line - linesAbove) * lineHeight)
      })
    })
    const observer = new ResizeObserver(fit)
    observer.observe(scroller)
    return () => {
      isShown = false
      observer.disconnect()
    }
  }, [safe, find])

  const onPointerMove = (event: PointerEvent) => {
    const host = box.current
    if (host === null || parts.current === undefined || masked.length === 0) return
    const cell = cellUnder(parts.current.xterm, host, event)
    const found = cell && maskedAt(masked, cell.line, cell.column)
    if (found === undefined) setTip(undefined)
    else {
      const { left, top } = host.getBoundingClientRect()
      setTip({
        column: found.column,
        left: event.clientX - left,
        top: event.clientY - top + 18,
      })
    }
  }
  return (
    <div className="terminal-scroll" role="region" aria-label={label} tabIndex={0}>
      {/* The list below the terminal says the same to those who use no pointer. */}
      <div
        className="terminal-host"
        ref={box}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setTip(undefined)}
      >
        {tip !== undefined && (
          <span className="cell-tip" style={{ left: tip.left, top: tip.top }} aria-hidden="true">
            {whyMasked(tip.column)}
          </span>
        )}
      </div>
    </div>
  )
}

function maskedAt(
  cells: readonly MaskedCell[],
  line: number,
  column: number,
): MaskedCell | undefined {
  return cells.find((cell) => cell.line === line && column >= cell.from && column < cell.to)
}
