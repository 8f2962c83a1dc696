/** What stands out about a statement, the same in the timeline and beside the terminal. */
import type { TimelineStatement } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import { Outcome, outcomeOrder } from '../design/outcome.tsx'
import { recorded } from '../design/recorded.tsx'
import { transactionWord, verdictWord } from '../text/words.ts'
import type { Tone } from './strip-shapes.ts'

function touchedIn(statement: TimelineStatement, outcome: string): number {
  return statement.touches
    .filter((touch) => touch.outcome === outcome)
    .reduce((total, touch) => total + touch.count, 0)
}

/** What the strip and the list paint: the most serious thing first. */
export function toneOf(statement: TimelineStatement): Tone {
  if (touchedIn(statement, 'revealed') > 0) return 'revealed'
  if (statement.verdict !== 'allow') return 'refused'
  if (statement.error !== null) return 'error'
  return statement.touches.length > 0 ? 'touched' : 'plain'
}

type StatementMarksProps = {
  statement: TimelineStatement
  /** In the list, where the bracket of a transaction is seen from its other statements. */
  listed?: boolean
}

export function StatementMarks({ statement, listed = false }: StatementMarksProps) {
  const { verdict, error } = statement
  return (
    <span className="marks">
      <TransactionMark statement={statement} listed={listed} />
      {verdict !== 'allow' && (
        <span className="badge badge-danger">
          <Icon name="stop" />
          {verdictWord(verdict)}
        </span>
      )}
      {verdict === 'allow' && error !== null && (
        <span className="badge badge-warning">
          <Icon name="warning" />
          error {recorded(error.sqlstate)}
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

function TransactionMark({ statement, listed }: Required<StatementMarksProps>) {
  const { transaction } = statement
  if (transaction === null) return null
  const { place, failed, savepoints, outcome } = transaction
  const end = outcome === null ? '' : transactionWord(outcome)
  const savepoint = savepoints.at(-1)
  const where = savepoint === undefined ? '' : `, savepoint ${recorded(savepoint)}`
  if (place === 'end') {
    return (
      <span className={outcome === 'committed' ? 'badge badge-good' : 'badge badge-warning'}>
        {end === '' ? 'transaction ends' : end}
      </span>
    )
  }
  if (place === 'begin') {
    return <span className="badge">{end === '' ? 'transaction' : `transaction, ${end}`}</span>
  }
  const words = `${failed ? 'in a failed transaction' : 'in a transaction'}${where}`
  if (!listed) {
    return <span className={failed ? 'badge badge-warning' : 'badge'}>{words}</span>
  }
  // The list draws it as a bracket; words for those who do not see it.
  return <span className="visually-hidden">{words}</span>
}
