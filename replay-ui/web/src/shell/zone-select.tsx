/** The time zone in which days begin and times are shown; it stands in the address, so that a link shows everybody the same. */
import { useNavigate } from '@tanstack/react-router'
import { useZone } from '../time/use-zone.ts'
import { timeZones, viewerTimeZone } from '../time/zone.ts'

const all = timeZones()
const viewer = viewerTimeZone()

export function ZoneSelect() {
  const zone = useZone()
  const navigate = useNavigate()
  const offered = ['UTC', ...(viewer === 'UTC' ? [] : [viewer])]
  return (
    <label className="zone">
      <span className="zone-label">Time zone</span>
      <select
        className="field"
        value={zone}
        onChange={({ target }) => {
          // A cursor belongs to the day as another zone cut it.
          void navigate({
            to: '.',
            search: (old) => ({ ...old, tz: target.value, cursor: undefined }),
          })
        }}
      >
        {offered.map((name) => (
          <option key={name} value={name}>
            {name === 'UTC' ? 'UTC' : `${name} (yours)`}
          </option>
        ))}
        {!offered.includes(zone) && !all.includes(zone) && <option value={zone}>{zone}</option>}
        <optgroup label="All">
          {all
            .filter((name) => !offered.includes(name))
            .map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
        </optgroup>
      </select>
    </label>
  )
}
