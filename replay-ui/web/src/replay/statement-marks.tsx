/** What stands out about a statement, the same in the timeline and beside the terminal. */
import type { TimelineStatement } from '../api/shapes.ts'
import { Icon } from '../design/icons.tsx'
import { count } from '../text/numbers.ts'
import { verdictWord } from '../text/words.ts'

export function revealedIn(statement: TimelineStatement): number {
  return touchedIn(statement, 'revealed')
}

export function touchedIn(statement: TimelineStatement, outcome?: string): number {
  return statement.touches
    .filter((touch) => outcome === undefined || touch.outcome === outcome)
    .reduce((total, touch) => total + touch.count, 0)
}

/** What the strip and the list paint: the most serious thing first. */
export function toneOf(statement: TimelineStatement): string {
  if (revealedIn(statement) > 0) return 'revealed'
  if (statement.verdict !== 'allow') return 'refused'
  if (statement.error !== null) return 'error'
  return statement.touches.length > 0 ? 'touched' : 'plain'
}

export function StatementMarks({ statement }: { statement: TimelineStatement }) {
  const { verdict, error } = statement
  const revealed = revealedIn(statement)
  const touched = touchedIn(statement)
  return (
    <span className="marks">
      {verdict !== 'allow' && (
        <span className="badge badge-danger">
          <Icon name="stop" />
          {verdictWord(verdict)}
        </span>
      )}
      {verdict === 'allow' && error !== null && (
        <span className="badge badge-warning">
          <Icon name="warning" />
          error {error.sqlstate}
        </span>
      )}
      {revealed > 0 && (
        <span className="badge outcome-revealed">
          <Icon name="eye-open" />
          {count(revealed)} in clear
        </span>
      )}
      {touched > revealed && (
        <span className="badge outcome-masked">
          <Icon name="eye-closed" />
          {count(touched - revealed)} touched
        </span>
      )}
      {!statement.completed && verdict === 'allow' && <span className="badge">no answer yet</span>}
    </span>
  )
}
