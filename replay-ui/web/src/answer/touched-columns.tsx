/** Which columns, which kind of data, how many values, with which outcome: what matters most first. */
import { useState } from 'react'
import type { PiiRun } from '@gatetrail/replay-api'
import { EntityName, PlaceName } from '../design/names.tsx'
import { Outcome, outcomeOrder } from '../design/outcome.tsx'
import { count } from '../text/numbers.ts'
import { levelMeaning } from '../text/words.ts'

const rowsFirst = 8
const rowsMax = 1_000

type Touch = PiiRun['columns'][number]

export function TouchedColumns({ columns }: { columns: readonly Touch[] }) {
  const [all, setAll] = useState(false)
  const sorted = [...columns].sort(
    (one, other) => rank(one) - rank(other) || other.count - one.count,
  )
  const shown = sorted.slice(0, all ? rowsMax : rowsFirst)
  return (
    <div className="touched">
      <table className="touched-table">
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">Data</th>
            <th scope="col">Outcome</th>
            <th scope="col" className="right">
              Values
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((touch) => (
            <TouchRow
              key={`${touch.place} ${touch.entity} ${touch.outcome} ${touch.level}`}
              touch={touch}
            />
          ))}
        </tbody>
      </table>
      {sorted.length > rowsFirst && (
        <button
          type="button"
          className="button button-quiet button-small"
          onClick={() => setAll(!all)}
        >
          {all ? 'Show fewer' : `Show all ${count(sorted.length)}`}
        </button>
      )}
    </div>
  )
}

function TouchRow({ touch }: { touch: Touch }) {
  const { place, entity, outcome, level } = touch
  return (
    <tr className={outcome === 'revealed' ? 'touched-revealed' : undefined}>
      <th scope="row">
        <PlaceName place={place} />
      </th>
      <td>
        <EntityName entity={entity} />
        {level !== 'certain' && (
          <span className="soft" title={levelMeaning(level)}>
            {' '}
            {level}
          </span>
        )}
      </td>
      <td>
        <Outcome outcome={outcome} />
      </td>
      <td className="right numeric">{count(touch.count)}</td>
    </tr>
  )
}

function rank(touch: Touch): number {
  const at = outcomeOrder.indexOf(touch.outcome)
  return at === -1 ? 0 : at
}
