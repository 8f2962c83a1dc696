/** One row per run, person, column, …: how many values with which outcome. Its name leads a step deeper. */
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Counting } from '../design/counting.tsx'
import type { TouchGroup } from '@gatetrail/replay-api'
import { Moment } from '../design/moment.tsx'
import { SortableHead } from '../design/sortable-head.tsx'
import { Recorded } from '../design/recorded.tsx'
import { count } from '../text/numbers.ts'
import type { TouchesSearch } from './address.ts'
import { deeper, keyName } from './key.ts'
import { RowName } from './row-name.tsx'
import { sorted, sortNames, type ShownRow, type SortName } from './sort.ts'
import { groupWords } from './words.ts'

const heads: Readonly<Record<SortName, string>> = {
  values: 'Values',
  revealed: 'Revealed',
  late: 'Found late',
  written: 'Written',
  filtered: 'Filtered',
  masked: 'Masked',
  runs: 'Runs',
  sessions: 'Sessions',
  last: 'Last',
}

const countNames = ['late', 'written', 'filtered', 'masked', 'runs'] as const

/** What would say of each row what its name says. */
const saidByName: { [By in TouchGroup]?: readonly (SortName | 'entities')[] } = {
  run: ['runs'],
  session: ['runs', 'sessions'],
  entity: ['entities'],
}

type TouchTableProps = {
  by: TouchGroup
  rows: readonly ShownRow[]
  /** There is no other page. */
  whole: boolean
  search: TouchesSearch
}

export function TouchTable({ by, rows, whole, search }: TouchTableProps) {
  // Of one page alone, an order of its own would hide what other pages hold.
  const ordered = whole ? sorted(rows, search.sort) : rows
  const has: Has = (column) => saidByName[by]?.includes(column) !== true
  return (
    <table className="data-table">
      <thead>
        <tr>
          <th scope="col">{groupWords(by).name}</th>
          {sortNames.filter(has).map((name) => (
            <SortableHead
              key={name}
              name={name}
              sort={whole ? (search.sort ?? '') : undefined}
              className={name === 'last' ? undefined : 'right'}
            >
              {heads[name]}
            </SortableHead>
          ))}
          {has('entities') && <th scope="col">Kinds of data</th>}
        </tr>
      </thead>
      <tbody>
        {ordered.map((row) => (
          <Row key={keyName(row.key)} row={row} has={has} />
        ))}
      </tbody>
    </table>
  )
}

type Has = (column: SortName | 'entities') => boolean

function Row({ row, has }: { row: ShownRow; has: Has }) {
  const { key, firstTime, lastTime, entities, sessions } = row
  const counts = countNames.filter(has).map((name) => (
    <td
      key={name}
      data-label={heads[name]}
      className={row[name] === 0 ? 'right numeric soft' : 'right numeric'}
    >
      {counted(row[name])}
    </td>
  ))
  return (
    <tr className={row.revealed > 0 ? 'row-revealed' : undefined}>
      <th scope="row">
        <RowName touchKey={key} />
      </th>
      <td data-label="Values" className="right numeric">
        {count(row.values)}
      </td>
      <td data-label="Revealed" className="right numeric">
        {row.revealed > 0 ? (
          <Link
            className="danger-text"
            to="/touches"
            search={(old) => ({
              ...old,
              ...deeper(key),
              by: key.by === 'session' ? 'place' : 'session',
              outcome: 'revealed',
            })}
            aria-label={`${count(row.revealed)} revealed`}
          >
            <strong>{count(row.revealed)}</strong>
          </Link>
        ) : (
          <span className="soft">0</span>
        )}
      </td>
      {counts}
      {has('sessions') && (
        <td data-label="Sessions" className="right numeric">
          {sessions === undefined ? (
            counted(sessions)
          ) : (
            <Link
              to="/touches"
              search={(old) => ({ ...old, ...deeper(key), by: 'session' })}
              aria-label={`${count(sessions)} sessions`}
            >
              {count(sessions)}
            </Link>
          )}
        </td>
      )}
      <td data-label="Last" className="wide">
        <Moment iso={lastTime} date />
        {firstTime !== lastTime && key.by !== 'day' && (
          <div className="soft">
            since <Moment iso={firstTime} date />
          </div>
        )}
      </td>
      {has('entities') && (
        <td data-label="Kinds of data" className="entities">
          {entities === undefined ? counted(entities) : <Recorded text={entities.join(', ')} />}
        </td>
      )}
    </tr>
  )
}

function counted(value: number | undefined): ReactNode {
  return value === undefined ? <Counting /> : count(value)
}
