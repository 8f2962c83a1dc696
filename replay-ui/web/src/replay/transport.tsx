/** Previous, play, next, and how fast. */
import { Icon } from '../design/icons.tsx'
import { count } from '../text/numbers.ts'
import { speeds } from './use-playback.ts'

type TransportProps = {
  selected: number
  statements: number
  more: boolean
  playing: boolean
  speed: number
  select: (index: number) => void
  setPlaying: (playing: boolean) => void
  setSpeed: (speed: number) => void
}

export function Transport(props: TransportProps) {
  const { selected, statements, more, playing, speed, select, setPlaying, setSpeed } = props
  const last = selected >= statements - 1
  return (
    <div className="transport" role="group" aria-label="Playback">
      <button
        type="button"
        className="button"
        aria-label="Previous statement"
        disabled={selected === 0}
        onClick={() => select(selected - 1)}
      >
        <Icon name="left" />
      </button>
      <button
        type="button"
        className="button button-primary transport-play"
        disabled={last && !playing}
        onClick={() => setPlaying(!playing)}
      >
        <Icon name={playing ? 'pause' : 'play'} />
        {playing ? 'Pause' : 'Play'}
      </button>
      <button
        type="button"
        className="button"
        aria-label="Next statement"
        disabled={last}
        onClick={() => select(selected + 1)}
      >
        <Icon name="right" />
      </button>
      <select
        className="field"
        aria-label="Speed"
        value={speed}
        onChange={({ target }) => setSpeed(Number(target.value))}
      >
        {speeds.map((value) => (
          <option key={value} value={value}>
            {value}×
          </option>
        ))}
      </select>
      <span className="soft numeric transport-place">
        {count(selected + 1)} of {count(statements)}
        {more && '+'}
      </span>
    </div>
  )
}
