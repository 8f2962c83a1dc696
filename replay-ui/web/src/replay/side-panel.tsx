/** Beside the player: the statement, the decision on it, its frames, who it was, the session. One of them at a time, or none. */
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Tabs } from 'radix-ui'
import type { ReactNode } from 'react'
import { panels, type Panel } from './address.ts'

export type PanelContent = Partial<Record<Panel, () => ReactNode>>

const names: Readonly<Record<Panel, string>> = {
  statement: 'Statement',
  decision: 'Decision',
  frames: 'Frames',
  who: 'Who',
  session: 'Session',
  none: '',
}

export function usePanel(first: Panel): [Panel, (panel: Panel) => void] {
  const panel = useSearch({ from: '/sessions/$session', select: (search) => search.panel })
  const navigate = useNavigate({ from: '/sessions/$session' })
  return [
    panel ?? first,
    (wanted) =>
      void navigate({
        search: (old) => ({ ...old, panel: wanted === first ? undefined : wanted }),
        replace: true,
        resetScroll: false,
      }),
  ]
}

type SidePanelProps = { first: Panel; content: PanelContent; label: string }

export function SidePanel({ first, content, label }: SidePanelProps) {
  const [panel, setPanel] = usePanel(first)
  const offered = panels.filter((name) => content[name] !== undefined)
  const shown = content[panel] === undefined ? first : panel
  if (panel === 'none') return null
  return (
    <aside className="side" aria-label={label}>
      <Tabs.Root value={shown} onValueChange={(value) => setPanel(known(value, first))}>
        <Tabs.List className="tabs" aria-label={label}>
          {offered.map((name) => (
            <Tabs.Trigger key={name} value={name} className="tab">
              {names[name]}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content value={shown} className="side-content">
          {content[shown]?.()}
        </Tabs.Content>
      </Tabs.Root>
    </aside>
  )
}

function known(value: string, first: Panel): Panel {
  return panels.find((panel) => panel === value) ?? first
}
