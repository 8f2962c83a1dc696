/** The question turned around, on paper. */
import type { TouchesAnswer, TouchKey } from '@gatetrail/replay-api'
import { unreachable } from '@gatetrail/schemas'
import { Moment } from '../design/moment.tsx'
import { Recorded } from '../design/recorded.tsx'
import { count, counted } from '../text/numbers.ts'
import { keyName } from '../touches/key.ts'
import { groupWords } from '../touches/words.ts'

const outcomes = [
  ['values', 'Values'],
  ['revealed', 'Revealed'],
  ['late', 'Found late'],
  ['written', 'Written'],
  ['filtered', 'Filtered'],
  ['masked', 'Masked'],
] as const

export function TouchRows({ answer }: { answer: TouchesAnswer }) {
  const { rows, totals, by, nextCursor } = answer
  return (
    <>
      <p>
        {totals.values === 0
          ? 'No touch on record fits.'
          : `${counted(totals.runs, 'run')} in ${counted(totals.sessions, 'session')} touched ${counted(totals.values, 'value')}.`}
        {nextCursor !== null &&
          ` The first ${count(rows.length)} rows are below; an export has all.`}
      </p>
      <table className="report-table">
        <thead>
          <tr>
            <th scope="col">{groupWords(by).name}</th>
            {outcomes.map(([name, word]) => (
              <th key={name} scope="col" className="right">
                {word}
              </th>
            ))}
            <th scope="col">First</th>
            <th scope="col">Last</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyName(row.key)}>
              <td>
                <Recorded text={keyWords(row.key)} />
              </td>
              {outcomes.map(([name]) => (
                <td key={name} className="right numeric">
                  {count(row[name])}
                </td>
              ))}
              <td>
                <Moment iso={row.firstTime} date both />
              </td>
              <td>
                <Moment iso={row.lastTime} date both />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

function keyWords(key: TouchKey): string {
  switch (key.by) {
    case 'run': {
      const behalf = key.onBehalfOf.length > 0 ? `, for ${key.onBehalfOf.join(', for ')}` : ''
      const run = key.run === null ? `session ${key.session ?? ''}` : `run ${key.run.id}`
      return `${key.run?.workflow ?? key.principal.subject} ${run} (${key.principal.id}${behalf})`
    }
    case 'session':
      return `${key.session} on ${key.connection} (${key.principal.id})`
    case 'principal':
      return key.principal.id
    case 'workflow':
      return [
        key.workflow ?? 'without a workflow',
        key.repository !== null && `of ${key.repository}`,
        key.provider !== null && `at ${key.provider}`,
      ]
        .filter(Boolean)
        .join(' ')
    case 'place':
      return key.place
    case 'entity':
      return key.entity
    case 'connection':
      return key.connection
    case 'policy':
      return key.policy ?? 'no decision on record'
    case 'day':
      return key.day
    default:
      return unreachable(key)
  }
}
