/** What can be done with a session beside looking at it: a link to this moment, files of it, help, its end. */
import { useLocation } from '@tanstack/react-router'
import { Popover } from 'radix-ui'
import { useState, type ComponentProps } from 'react'
import { addressOf, replayApi, type Session } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import { ShortcutHelp } from '../design/shortcuts.tsx'
import { DownloadMenu } from '../shell/download-menu.tsx'
import { KillDialog } from '../stop/kill-dialog.tsx'

/** Shown, not copied: the page's own permissions policy keeps the clipboard out of every script's reach. */
function MomentLink({ open, setOpen }: { open: boolean; setOpen: (open: boolean) => void }) {
  const { href } = useLocation()
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className="button">
        <Icon name="link" />
        Link
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="menu link-box" align="end" sideOffset={6}>
          <label>
            Link to this moment
            <input
              className="field"
              readOnly
              value={new URL(href, window.location.origin).href}
              onFocus={({ target }) => target.select()}
            />
          </label>
          <span className="soft">Copy it with Ctrl+C or ⌘C.</span>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

const formats = [
  ['cast3', 'asciicast v3', 'plays in asciinema'],
  ['cast2', 'asciicast v2', 'for older players'],
  ['text', 'Text', 'as psql showed it'],
  ['json', 'JSON', 'statements, decisions, touches'],
] as const

function ExportMenu({ session }: { session: string }) {
  return (
    <DownloadMenu
      trigger={
        <button type="button" className="button">
          Export
        </button>
      }
      files={formats.map(([format, name, what]) => ({
        address: addressOf(replayApi.exportSession, { params: { session }, query: { format } }),
        ...{ name, what },
      }))}
    />
  )
}

type PlayerToolsProps = {
  session: string
  link: { open: boolean; setOpen: (open: boolean) => void }
  help: Pick<
    ComponentProps<typeof ShortcutHelp>,
    'shortcuts' | 'on' | 'setOn' | 'helps' | 'setHelps'
  >
  panel: { open: boolean; toggle: () => void }
}

/** What stands beside the transport of every player. */
export function PlayerTools({ session, link, help, panel }: PlayerToolsProps) {
  return (
    <div className="player-tools">
      <MomentLink {...link} />
      <ExportMenu session={session} />
      <ShortcutHelp
        {...help}
        title="Keys of the player"
        description="The time strip and the list take the arrow keys, Home, End, Page up and Page down as well; in the list, left and right turn the page of rows."
        trigger={
          <button type="button" className="button" aria-label="Keys of the player">
            ?
          </button>
        }
      />
      <button type="button" className="button" aria-pressed={panel.open} onClick={panel.toggle}>
        {panel.open ? 'Hide details' : 'Details'}
      </button>
    </div>
  )
}

/** Ends a session. The page shows the end when it arrives, as it is on record. */
export function KillButton({ session }: { session: Session }) {
  const [ordered, setOrdered] = useState(false)
  if (ordered) {
    return (
      <span className="badge badge-warning" role="status">
        The end was ordered
      </span>
    )
  }
  return (
    <KillDialog
      session={session}
      trigger={
        <button type="button" className="button button-danger">
          <Icon name="stop" />
          End session
        </button>
      }
      done={() => setOrdered(true)}
    />
  )
}
