/** Keys of the player, and the dialog that lists them. They can be switched off (WCAG 2.2 §2.1.4). */
import { useEffect, useRef, useState } from 'react'
import { Dialog } from '../design/dialog.tsx'

export type Shortcut = { key: string; shown?: string; does: string; run: () => void }

const storageKey = 'gatetrail.shortcuts'

export function useShortcuts(shortcuts: readonly Shortcut[]) {
  const [on, setOn] = useState(() => localStorage.getItem(storageKey) !== 'off')
  const [helps, setHelps] = useState(false)
  const latest = useRef(shortcuts)
  useEffect(() => {
    latest.current = shortcuts
  })
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      if (isTyping(event.target, event.key)) return
      if (on && event.key === '?') {
        event.preventDefault()
        setHelps(true)
        return
      }
      const shortcut = on ? latest.current.find(({ key }) => key === event.key) : undefined
      if (shortcut === undefined) return
      event.preventDefault()
      shortcut.run()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [on])
  return {
    on,
    setOn: (wanted: boolean) => {
      setOn(wanted)
      localStorage.setItem(storageKey, wanted ? 'on' : 'off')
    },
    helps,
    setHelps,
  }
}

/** Where a key means something already. */
function isTyping(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.closest('[role="dialog"], [role="menu"]') !== null) return true
  if (target.closest('input:not([type="checkbox"]), select, textarea') !== null) return true
  return key === ' ' && target.closest('button, a, summary, input, [role="tab"]') !== null
}

type ShortcutHelpProps = ReturnType<typeof useShortcuts> & { shortcuts: readonly Shortcut[] }

export function ShortcutHelp({ shortcuts, on, setOn, helps, setHelps }: ShortcutHelpProps) {
  return (
    <Dialog
      open={helps}
      onOpenChange={setHelps}
      title="Keys of the player"
      description="The time strip and the list take the arrow keys, Home, End, Page up and Page down as well; in the list, left and right turn the page of rows."
      trigger={
        <button type="button" className="button" aria-label="Keys of the player">
          ?
        </button>
      }
    >
      <dl className="pairs shortcuts">
        {shortcuts.map(({ key, shown, does }) => (
          <div key={key} className="shortcut">
            <dt>
              <kbd>{shown ?? key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label className="check">
        <input type="checkbox" checked={on} onChange={({ target }) => setOn(target.checked)} />
        Single keys do something
      </label>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={() => setHelps(false)}>
          Close
        </button>
      </div>
    </Dialog>
  )
}
