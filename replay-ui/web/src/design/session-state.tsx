/** Whether a session goes on, and how it ended. */
import { sessionStateWord } from '../text/words.ts'
import { recorded } from './recorded.tsx'

const tones: Readonly<Record<string, string>> = {
  open: 'badge badge-good',
  aborted: 'badge badge-warning',
  refused: 'badge badge-danger',
}

export function SessionState({ state, reason }: { state: string; reason: string }) {
  const { name, meaning } = sessionStateWord(state)
  const why = reason === '' || state === 'open' ? '' : ` Reason: ${recorded(reason)}.`
  return (
    <span className={tones[state] ?? 'badge'} title={`${meaning}${why}`}>
      {name}
    </span>
  )
}
