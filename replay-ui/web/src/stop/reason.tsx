/** Parts of forms that change something: why, and what went wrong. */
import { ApiError } from '@gatetrail/replay-api'
import { sentence } from '../text/words.ts'
import './stop.css'

export function Reason({ charactersMax }: { charactersMax: number }) {
  return (
    <label>
      Reason
      <textarea
        className="field"
        name="reason"
        required
        maxLength={charactersMax}
        placeholder="What for, or a ticket"
      />
    </label>
  )
}

export function Problem({ error }: { error: Error | null }) {
  if (error === null) return null
  const hint = error instanceof ApiError ? error.hint : undefined
  return (
    <p role="alert" className="danger-text">
      {sentence(error.message)} {hint !== undefined && sentence(hint)}
    </p>
  )
}
