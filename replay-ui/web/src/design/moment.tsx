/** A moment in the reader's zone; what is on record, in UTC, stands in its title. */
import { clockTime, dateTime, inUtc } from '../time/moment.ts'
import { useZone } from '../time/use-zone.ts'

type MomentProps = { iso: string; date?: boolean; milliseconds?: boolean }

export function Moment({ iso, date = false, milliseconds = false }: MomentProps) {
  const zone = useZone()
  return (
    <time dateTime={iso} title={inUtc(iso)} className="numeric">
      {date ? dateTime(iso, zone) : clockTime(iso, zone, milliseconds)}
    </time>
  )
}
