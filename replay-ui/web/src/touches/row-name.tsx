/** Who or what a row is about, with the way one step deeper. */
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { TouchGroup, TouchKey } from '@gatetrail/replay-api'
import { unreachable } from '@gatetrail/schemas'
import { ConnectionName, PlaceText } from '../design/names.tsx'
import { OnBehalfOf, Principal, RunName } from '../design/principal.tsx'
import { Recorded } from '../design/recorded.tsx'
import { principalKindWord } from '../text/words.ts'
import { dayNameShort } from '../time/day.ts'
import { keyFilters } from './key.ts'

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
      return key.workflow === null ? (
        <span className="soft">without a workflow</span>
      ) : (
        <>
          <Deeper touchKey={key} by="run">
            <Recorded text={key.workflow} />
          </Deeper>
          {key.repository !== null && (
            <span className="soft">
              {' '}
              of <Recorded text={key.repository} />
            </span>
          )}
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
      return key.policy === null ? (
        <span className="soft">no decision on record</span>
      ) : (
        <Deeper touchKey={key} by="run">
          <code>
            <Recorded text={key.policy} />
          </code>
        </Deeper>
      )
    case 'day':
      return (
        <Link to="/" search={{ on: key.day }}>
          {dayNameShort(key.day)}
        </Link>
      )
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
    <Link
      className="name"
      to="/touches"
      search={(old) => ({
        ...old,
        ...keyFilters(touchKey),
        by,
        cursor: undefined,
        sort: undefined,
      })}
    >
      {children}
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
