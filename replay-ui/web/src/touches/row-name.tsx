/** Who or what a row is about, with the way one step deeper. */
import { Link, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { TouchGroup, TouchKey } from '@gatetrail/replay-api'
import { unreachable } from '@gatetrail/schemas'
import { ConnectionName, PlaceText } from '../design/names.tsx'
import { OnBehalfOf, Principal, RunName } from '../design/principal.tsx'
import { Recorded } from '../design/recorded.tsx'
import { principalKindWord } from '../text/words.ts'
import { dayNameShort } from '../time/day.ts'
import { filtersOf } from './address.ts'
import { deeper } from './key.ts'

export function RowName({ touchKey: key }: { touchKey: TouchKey }) {
  switch (key.by) {
    case 'run':
      return (
        <>
          <strong>
            {key.run === null && key.session !== null ? (
              <SessionLink session={key.session}>
                <RunName run={null} principal={key.principal} />, a session without a run
              </SessionLink>
            ) : (
              <RunName run={key.run} principal={key.principal} />
            )}
          </strong>
          <Principal principal={key.principal} onBehalfOf={key.onBehalfOf} />
        </>
      )
    case 'session':
      return (
        <>
          <SessionLink session={key.session}>
            <code>{key.session}</code>
          </SessionLink>{' '}
          on <ConnectionName connection={key.connection} />
          <div>
            <RunName run={key.run} principal={key.principal} />{' '}
            <OnBehalfOf names={key.onBehalfOf} />
          </div>
        </>
      )
    case 'principal':
      return (
        <>
          <span className="badge">{principalKindWord(key.principal.kind)}</span>{' '}
          <Deeper touchKey={key} by="run">
            <code>
              <Recorded text={key.principal.id} />
            </code>
          </Deeper>
        </>
      )
    case 'workflow':
      return (
        <>
          <Deeper touchKey={key} by="run">
            {key.workflow === null ? 'without a workflow' : <Recorded text={key.workflow} />}
          </Deeper>
          <span className="soft">
            {key.repository !== null && (
              <>
                {' '}
                of <Recorded text={key.repository} />
              </>
            )}
            {key.provider !== null && (
              <>
                {' '}
                at <Recorded text={key.provider} />
              </>
            )}
          </span>
        </>
      )
    case 'place':
      return (
        <Deeper touchKey={key} by="run">
          <PlaceText place={key.place} />
        </Deeper>
      )
    case 'entity':
      return (
        <Deeper touchKey={key} by="place">
          <span className="entity">
            <Recorded text={key.entity} />
          </span>
        </Deeper>
      )
    case 'connection':
      return (
        <Deeper touchKey={key} by="principal">
          <code>
            <Recorded text={key.connection} />
          </code>
        </Deeper>
      )
    case 'policy':
      return (
        <Deeper touchKey={key} by="run">
          {key.policy === null ? (
            'no decision on record'
          ) : (
            <code>
              <Recorded text={key.policy} />
            </code>
          )}
        </Deeper>
      )
    case 'day':
      return <DayName touchKey={key} />
    default:
      return unreachable(key)
  }
}

/** The same question, with this row as one more filter. */
function Deeper({
  touchKey,
  by,
  children,
}: {
  touchKey: TouchKey
  by: TouchGroup
  children: ReactNode
}) {
  return (
    <Link className="name" to="/touches" search={(old) => ({ ...old, ...deeper(touchKey), by })}>
      {children}
    </Link>
  )
}

/** To the answer about the day; of a question that is narrowed, to the same about that day. */
function DayName({ touchKey }: { touchKey: TouchKey & { by: 'day' } }) {
  const narrowed = useSearch({
    from: '/touches',
    select: (search) => Object.keys(filtersOf(search)).length > 0,
  })
  const name = dayNameShort(touchKey.day)
  return narrowed ? (
    <Deeper touchKey={touchKey} by="run">
      {name}
    </Deeper>
  ) : (
    <Link to="/" search={{ on: touchKey.day }}>
      {name}
    </Link>
  )
}

function SessionLink({ session, children }: { session: string; children: ReactNode }) {
  return (
    <Link to="/sessions/$session" params={{ session }}>
      {children}
    </Link>
  )
}
