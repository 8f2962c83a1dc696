/** Previous, play, next, how fast, and where. */
import { useState, type FormEvent, type RefObject } from 'react'
import { Icon } from '../design/icons.tsx'
import { count } from '../text/numbers.ts'
import { parseTarget, type Target } from './go-to.ts'
import { speeds, type Pace } from './playback.ts'

type TransportProps = {
  /** By what the buttons go, and what can be gone to. */
  by: 'statement' | 'time'
  atStart: boolean
  atEnd: boolean
  playing: boolean
  pace: Pace
  goToField: RefObject<HTMLInputElement | null>
  step: (by: number) => void
  setPlaying: (playing: boolean) => void
  setPace: (pace: Pace) => void
  goTo: (target: Target) => void
}

export function Transport(props: TransportProps) {
  const { by, atStart, atEnd, playing, pace } = props
  return (
    <div className="transport" role="group" aria-label="Playback">
      <button
        type="button"
        className="button"
        aria-label={by === 'time' ? '5 seconds back' : 'Previous statement'}
        disabled={atStart}
        onClick={() => props.step(-1)}
      >
        <Icon name="left" />
      </button>
      <button
        type="button"
        className="button button-primary transport-play"
        disabled={atEnd && !playing}
        onClick={() => props.setPlaying(!playing)}
      >
        <Icon name={playing ? 'pause' : 'play'} />
        {playing ? 'Pause' : 'Play'}
      </button>
      <button
        type="button"
        className="button"
        aria-label={by === 'time' ? '5 seconds on' : 'Next statement'}
        disabled={atEnd}
        onClick={() => props.step(1)}
      >
        <Icon name="right" />
      </button>
      <select
        className="field"
        aria-label="Speed"
        value={pace.speed}
        onChange={({ target }) => props.setPace({ ...pace, speed: Number(target.value) })}
      >
        {speeds.map((value) => (
          <option key={value} value={value}>
            {count(value)}×
          </option>
        ))}
      </select>
      <label className="check">
        <input
          type="checkbox"
          checked={pace.skipIdle}
          onChange={({ target }) => props.setPace({ ...pace, skipIdle: target.checked })}
        />
        Skip idle
      </label>
      <GoTo field={props.goToField} numbered={by === 'statement'} goTo={props.goTo} />
    </div>
  )
}

type GoToProps = {
  field: RefObject<HTMLInputElement | null>
  numbered: boolean
  goTo: (target: Target) => void
}

function GoTo({ field, numbered, goTo }: GoToProps) {
  const [refused, setRefused] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const target = parseTarget(field.current?.value ?? '')
    setRefused(target === undefined)
    if (target !== undefined) goTo(target)
  }
  const hint = numbered
    ? 'A statement such as 12, a time such as 1:02:03 or 90 s, or seq 40'
    : 'A time such as 1:02:03 or 90 s'
  return (
    <form className="go-to" onSubmit={submit}>
      <input
        ref={field}
        className="field"
        type="text"
        inputMode="text"
        aria-label="Go to"
        aria-invalid={refused}
        placeholder={numbered ? 'Go to 12, 1:02:03' : 'Go to 1:02:03'}
        title={refused ? `Not understood. ${hint}` : hint}
        spellCheck={false}
        autoComplete="off"
        maxLength={40}
        onChange={() => setRefused(false)}
      />
      <span role="status" className="visually-hidden">
        {refused ? `Not understood. ${hint}` : ''}
      </span>
    </form>
  )
}
