/** The statements of a session in their order, however many there are: only the lines in sight exist. Arrow keys go up and down. */
import { useVirtualizer } from '@tanstack/react-virtual'
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
} from 'react'
import type { WindowStatement } from '@gatetrail/replay-api'
import { recorded } from '../design/recorded.tsx'
import { count, counted } from '../text/numbers.ts'
import { duration, inUtc, offset } from '../time/moment.ts'
import { StatementMarks, toneOf } from './statement-marks.tsx'
import { railsOf, type Rail } from './transaction-rails.ts'
import type { Range, StatementAt } from './use-statements.ts'

/** All lines are as high: a place among a million is known without having seen them. */
const lineHeight = 72
/** Lines of the scrolled box: browsers cut boxes of more than some 17 million pixels. Beyond, the box stands for a part. */
const linesMax = 100_000
const linesFromEdge = 1_000
const overscan = 8
const restMs = 80
const edgeRestMs = 150

type StatementListProps = {
  total: number
  statementAt: StatementAt
  selected: number
  /** Keeps the last line in sight. */
  follows: boolean
  select: (index: number) => void
  turnPage: (step: number) => void
  /** Which lines are in sight, once scrolling rests. */
  onSight: (range: Range) => void
  /** The reader scrolled away from the end. */
  onLeaveEnd: () => void
}

export function StatementList(props: StatementListProps) {
  const { total, statementAt, selected, follows, select, turnPage, onSight, onLeaveEnd } = props
  const box = useRef<HTMLDivElement>(null)
  const [base, setBase] = useState(() => baseAround(selected, total))
  const lines = Math.min(linesMax, total - base)
  const virtualizer = useVirtualizer({
    count: lines,
    getScrollElement: () => box.current,
    estimateSize: () => lineHeight,
    getItemKey: (line) => base + line,
    overscan,
  })
  const items = virtualizer.getVirtualItems()
  const from = base + (items[0]?.index ?? 0)
  const to = base + (items.at(-1)?.index ?? -1) + 1

  useEffect(() => {
    const timer = setTimeout(() => onSight({ from, to }), restMs)
    return () => clearTimeout(timer)
  }, [from, to, onSight])

  // The part of the session that the box stands for moves with the reader; the lines stay where they are on the screen.
  const topOfBase = useRef<number>(undefined)
  useLayoutEffect(() => {
    if (topOfBase.current !== undefined) box.current?.scrollTo({ top: topOfBase.current })
    topOfBase.current = undefined
  }, [base])
  const moveBase = useCallback(
    (wanted: number, top: number) => {
      if (wanted === base) return
      topOfBase.current = top
      setBase(wanted)
    },
    [base],
  )
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(rest.current), [])
  const onScroll = () => {
    if (total <= linesMax) return
    clearTimeout(rest.current)
    rest.current = setTimeout(() => {
      const scroller = box.current
      if (scroller === null) return
      const first = Math.floor(scroller.scrollTop / lineHeight)
      const nearStart = first < linesFromEdge && base > 0
      const nearEnd = lines - first < linesFromEdge && base + lines < total
      if (!nearStart && !nearEnd) return
      const wanted = baseAround(base + first, total)
      moveBase(wanted, scroller.scrollTop + (base - wanted) * lineHeight)
    }, edgeRestMs)
  }

  const scrollTo = useCallback(
    (index: number, align: 'auto' | 'end') => {
      const line = index - base
      if (line >= 0 && line < lines) virtualizer.scrollToIndex(line, { align })
      else {
        const wanted = baseAround(index, total)
        const third = (box.current?.clientHeight ?? 0) / 3
        moveBase(wanted, (index - wanted) * lineHeight - third)
      }
    },
    [base, lines, total, moveBase, virtualizer],
  )
  const shown = useRef<number>(undefined)
  useEffect(() => {
    const moved = shown.current !== selected
    shown.current = selected
    if (moved) scrollTo(selected, follows ? 'end' : 'auto')
  }, [selected, follows, scrollTo])

  // The chosen line gets the focus once it exists, if the keyboard was in the list.
  const wantsFocus = useRef(false)
  useEffect(() => {
    if (!wantsFocus.current) return
    const button = box.current?.querySelector<HTMLElement>('[aria-current="step"]')
    if (button === null || button === undefined) return
    wantsFocus.current = false
    button.focus({ preventScroll: true })
  })
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / lineHeight) - 1)
    const target = targetOf(event.key, selected, total, page)
    if (target !== undefined) {
      wantsFocus.current = true
      select(target)
    } else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      turnPage(event.key === 'ArrowRight' ? 1 : -1)
    } else return
    event.preventDefault()
  }
  const tabStop = selected >= from && selected < to ? selected : from
  return (
    <div
      className="statements"
      ref={box}
      onKeyDown={onKeyDown}
      onScroll={onScroll}
      onWheel={({ deltaY }) => {
        if (follows && deltaY < 0) onLeaveEnd()
      }}
    >
      <ol aria-label="Statements" style={{ height: virtualizer.getTotalSize() }}>
        {items.map(({ index: line, key, start }) => {
          const index = base + line
          const statement = statementAt(index)
          return (
            <li
              key={key}
              className="statement-item"
              style={{ transform: `translateY(${start}px)`, height: lineHeight }}
              aria-posinset={index + 1}
              aria-setsize={total}
            >
              <Rails rails={statement === undefined ? [] : railsOf(statementAt, index)} />
              <Line
                statement={statement}
                index={index}
                current={index === selected}
                tabStop={index === tabStop}
                select={select}
              />
            </li>
          )
        })}
      </ol>
    </div>
  )
}

type LineProps = {
  statement: WindowStatement | undefined
  index: number
  current: boolean
  tabStop: boolean
  select: (index: number) => void
}

function Line({ statement, index, current, tabStop, select }: LineProps) {
  const tone = statement === undefined ? 'plain' : toneOf(statement)
  return (
    <button
      type="button"
      className={`statement tone-${tone}`}
      aria-current={current ? 'step' : undefined}
      tabIndex={tabStop ? 0 : -1}
      onClick={() => select(index)}
    >
      <span className="statement-head">
        <span className="numeric" title={statement && inUtc(statement.time)}>
          <span className="soft">{count(index + 1)}</span>{' '}
          {statement === undefined ? '' : offset(statement.offsetMicros)}
        </span>
        <span className="soft numeric">{statement && answerOf(statement)}</span>
      </span>
      {statement === undefined ? (
        <span className="statement-awaited">
          <span className="visually-hidden">is being loaded</span>
        </span>
      ) : (
        <span className="statement-body">
          <code className="statement-text">{firstLine(statement.text)}</code>
          <StatementMarks statement={statement} listed />
        </span>
      )}
    </button>
  )
}

/** The bracket of a transaction. Its words stand among the marks of the statement. */
function Rails({ rails }: { rails: readonly Rail[] }) {
  if (rails.length === 0) return null
  return (
    <span className="rails" aria-hidden="true">
      {rails.map(({ key, begins, ends, failed }) => (
        <span
          key={key}
          className={`rail${begins ? ' rail-begins' : ''}${ends ? ' rail-ends' : ''}${failed ? ' rail-failed' : ''}`}
        />
      ))}
    </span>
  )
}

function baseAround(index: number, total: number): number {
  if (total <= linesMax) return 0
  return Math.max(0, Math.min(total - linesMax, index - linesMax / 2))
}

function targetOf(key: string, selected: number, total: number, page: number): number | undefined {
  const last = total - 1
  switch (key) {
    case 'ArrowDown':
      return Math.min(last, selected + 1)
    case 'ArrowUp':
      return Math.max(0, selected - 1)
    case 'PageDown':
      return Math.min(last, selected + page)
    case 'PageUp':
      return Math.max(0, selected - page)
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return undefined
  }
}

function answerOf(statement: WindowStatement): string {
  if (!statement.completed) return ''
  const rows = statement.rows > 0 ? `${counted(statement.rows, 'row')} · ` : ''
  return `${rows}${duration(statement.durationMicros)}`
}

const charactersMax = 160

function firstLine(text: string): string {
  const line = recorded(text.trim().replaceAll(/\s+/g, ' ').slice(0, charactersMax))
  return line === '' ? '(empty statement)' : line
}
