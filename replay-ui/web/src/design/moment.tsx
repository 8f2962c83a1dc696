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
    <time dateTime={iso} title={inUtc(iso)} className="numeric">
      {date ? dateTime(iso, zone) : clockTime(iso, zone, milliseconds)}
      {both && zone !== 'UTC' && ` (${dateTime(iso, 'UTC')} UTC)`}
    </time>
  )
}
