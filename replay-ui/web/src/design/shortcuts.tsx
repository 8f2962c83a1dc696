/**
 * Single keys that do something, and the dialog that lists them. Those of a page come before those of the app, and none while
 * somebody types. They can be switched off, for all pages at once (WCAG 2.2 §2.1.4).
 */
import { useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react'
import { Dialog } from './dialog.tsx'

export type Shortcut = { key: string; shown?: string; does: string; run: () => void }

type Layer = { find: (key: string) => Shortcut | undefined; help: () => void }

/** The innermost is last: it is asked first. */
const layers: Layer[] = []

/** `app`: behind those of the page. */
export function useShortcuts(shortcuts: readonly Shortcut[], of: 'page' | 'app' = 'page') {
  const on = useSyncExternalStore(switched.subscribe, switched.isOn)
  const [helps, setHelps] = useState(false)
  const latest = useRef(shortcuts)
  useEffect(() => {
    latest.current = shortcuts
  })
  useEffect(() => {
    const layer: Layer = {
      find: (key) => latest.current.find((shortcut) => shortcut.key === key),
      help: () => setHelps(true),
    }
    if (of === 'page') layers.push(layer)
    else layers.unshift(layer)
    if (layers.length === 1) window.addEventListener('keydown', onKeyDown)
    return () => {
      layers.splice(layers.indexOf(layer), 1)
      if (layers.length === 0) window.removeEventListener('keydown', onKeyDown)
    }
  }, [of])
  return { on, setOn: switched.set, helps, setHelps }
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
  if (!switched.isOn() || isTyping(event.target, event.key)) return
  const act = actionOf(event.key, layers)
  if (act === undefined) return
  event.preventDefault()
  act()
}

/** `?` shows the keys of the innermost layer. */
export function actionOf(key: string, among: readonly Layer[]): (() => void) | undefined {
  if (key === '?') return among.at(-1)?.help
  for (const layer of among.toReversed()) {
    const shortcut = layer.find(key)
    if (shortcut !== undefined) return shortcut.run
  }
  return undefined
}

/** Where a key means something already. */
function isTyping(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.closest('[role="dialog"], [role="menu"]') !== null) return true
  if (target.closest('input:not([type="checkbox"]), select, textarea') !== null) return true
  return key === ' ' && target.closest('button, a, summary, input, [role="tab"]') !== null
}

const storageKey = 'gatetrail.shortcuts'
const listeners = new Set<() => void>()

/** Kept in the browser. */
const switched = {
  isOn: () => localStorage.getItem(storageKey) !== 'off',
  set: (on: boolean) => {
    localStorage.setItem(storageKey, on ? 'on' : 'off')
    for (const listener of listeners) listener()
  },
  subscribe: (listener: () => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  },
}

type ShortcutHelpProps = ReturnType<typeof useShortcuts> & {
  title: string
  description: string
  shortcuts: readonly Shortcut[]
  /** Left out: what opens it stands elsewhere. */
  trigger?: ReactNode
}

export function ShortcutHelp(props: ShortcutHelpProps) {
  const { title, description, trigger, shortcuts, on, setOn, helps, setHelps } = props
  return (
    <Dialog open={helps} onOpenChange={setHelps} {...{ title, description, trigger }}>
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
