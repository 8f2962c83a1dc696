/** A moment in the reader's zone; what is on record, in UTC, stands in its title. */
import { clockTime, dateTime, inUtc } from '../time/moment.ts'
import { useZone } from '../time/use-zone.ts'

type MomentProps = {
  iso: string
  date?: boolean
  milliseconds?: boolean
  /** UTC beside it, for paper: nobody points at it there. */
  both?: boolean
}

export function Moment({ iso, date = false, milliseconds = false, both = false }: MomentProps) {
  const zone = useZone()
  return (
    <time dateTime={iso} title={inUtc(iso)}>
      <span className="numeric">
        {date ? dateTime(iso, zone) : clockTime(iso, zone, milliseconds)}
      </span>
      {both && zone !== 'UTC' && (
        <>
          {' '}
          <span className="numeric">({dateTime(iso, 'UTC')} UTC)</span>
        </>
      )}
    </time>
  )
}
