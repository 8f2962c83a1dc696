/** Asks again when its reader wants to: every look is on record, so a page never repeats itself. */
import { Icon } from '../design/icons.tsx'

export function RefreshButton({ busy, refresh }: { busy: boolean; refresh: () => void }) {
  return (
    <button
      type="button"
      className="button button-quiet button-small"
      onClick={refresh}
      disabled={busy}
    >
      <Icon name="refresh" />
      {busy ? 'Asking…' : 'Ask again'}
    </button>
  )
}
