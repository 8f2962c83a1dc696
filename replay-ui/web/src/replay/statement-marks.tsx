/** What stands out about a statement, the same in the timeline and beside the terminal. */
import type { TimelineStatement } from '../api/shapes.ts'
import { Icon } from '../design/icons.tsx'
import { Outcome, outcomeOrder } from '../design/outcome.tsx'
import { verdictWord } from '../text/words.ts'

function touchedIn(statement: TimelineStatement, outcome: string): number {
  return statement.touches
    .filter((touch) => touch.outcome === outcome)
    .reduce((total, touch) => total + touch.count, 0)
}

/** What the strip and the list paint: the most serious thing first. */
export function toneOf(statement: TimelineStatement): string {
  if (touchedIn(statement, 'revealed') > 0) return 'revealed'
  if (statement.verdict !== 'allow') return 'refused'
  if (statement.error !== null) return 'error'
  return statement.touches.length > 0 ? 'touched' : 'plain'
}

export function StatementMarks({ statement }: { statement: TimelineStatement }) {
  const { verdict, error } = statement
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
      {outcomeOrder.map((outcome) => {
        const values = touchedIn(statement, outcome)
        return values === 0 ? null : <Outcome key={outcome} outcome={outcome} values={values} />
      })}
      {!statement.completed && verdict === 'allow' && <span className="badge">no answer yet</span>}
    </span>
  )
}
