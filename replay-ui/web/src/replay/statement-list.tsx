/** The statements of a session in their order. Arrow keys go up and down; the chosen one is shown in the terminal. */
import { useEffect, useRef, type KeyboardEvent } from 'react'
import type { TimelineStatement } from '@gatetrail/replay-api'
import { recorded } from '../design/recorded.tsx'
import { counted } from '../text/numbers.ts'
import { duration, inUtc, offset } from '../time/moment.ts'
import { StatementMarks, toneOf } from './statement-marks.tsx'
import { railsOf, type Rail } from './transaction-rails.ts'

type StatementListProps = {
  statements: readonly TimelineStatement[]
  selected: number
  select: (index: number) => void
  turnPage: (step: number) => void
}

export function StatementList({ statements, selected, select, turnPage }: StatementListProps) {
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => {
    const item = list.current?.children[selected]
    if (!(item instanceof HTMLElement) || list.current === null) return
    // Only the list scrolls, never the page.
    const { scrollTop, clientHeight } = list.current
    const top = item.offsetTop - list.current.offsetTop
    if (top < scrollTop) list.current.scrollTop = top
    else if (top + item.offsetHeight > scrollTop + clientHeight) {
      list.current.scrollTop = top + item.offsetHeight - clientHeight
    }
  }, [selected, statements.length])

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const target = targetOf(event.key, selected, statements.length)
    if (target !== undefined) {
      select(target)
      const button = list.current?.children[target]?.querySelector('button')
      button?.focus({ preventScroll: true })
    } else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      turnPage(event.key === 'ArrowRight' ? 1 : -1)
    } else return
    event.preventDefault()
  }
  return (
    <ol className="statements" ref={list} onKeyDown={onKeyDown} aria-label="Statements">
      {statements.map((statement, index) => (
        <li key={statement.seq} className="statement-item">
          <Rails rails={railsOf(statements, index)} />
          <button
            type="button"
            className={`statement tone-${toneOf(statement)}`}
            aria-current={index === selected ? 'step' : undefined}
            tabIndex={index === selected ? 0 : -1}
            onClick={() => select(index)}
          >
            <span className="statement-head">
              <span className="numeric" title={inUtc(statement.time)}>
                {offset(statement.offsetMicros)}
              </span>
              <span className="soft numeric">{answerOf(statement)}</span>
            </span>
            <code className="statement-text">{firstLine(statement.text)}</code>
            <StatementMarks statement={statement} listed />
          </button>
        </li>
      ))}
    </ol>
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

function targetOf(key: string, selected: number, length: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return Math.min(length - 1, selected + 1)
    case 'ArrowUp':
      return Math.max(0, selected - 1)
    case 'Home':
      return 0
    case 'End':
      return length - 1
    default:
      return undefined
  }
}

function answerOf(statement: TimelineStatement): string {
  if (!statement.completed) return ''
  const rows = statement.rows > 0 ? `${counted(statement.rows, 'row')} · ` : ''
  return `${rows}${duration(statement.durationMicros)}`
}

const charactersMax = 160

function firstLine(text: string): string {
  const line = recorded(text.trim().replaceAll(/\s+/g, ' ').slice(0, charactersMax))
  return line === '' ? '(empty statement)' : line
}
