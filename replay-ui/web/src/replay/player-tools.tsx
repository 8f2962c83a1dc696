/** What can be done with a session beside looking at it: a link to this moment, files of it, help, its end. */
import { useMutation } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { DropdownMenu, Popover } from 'radix-ui'
import { useState } from 'react'
import { addressOf, controlApi, replayApi } from '@gatetrail/replay-api'
import { api } from '../api/client.ts'
import { Dialog } from '../design/dialog.tsx'
import { Icon } from '../design/icons.tsx'
import { sentence } from '../text/words.ts'

/** Shown, not copied: the page's own permissions policy keeps the clipboard out of every script's reach. */
export function MomentLink({ open, setOpen }: { open: boolean; setOpen: (open: boolean) => void }) {
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

export function ExportMenu({ session }: { session: string }) {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger className="button">Export</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
          {formats.map(([format, name, what]) => (
            <DropdownMenu.Item key={format} asChild className="menu-item">
              <a
                href={addressOf(replayApi.exportSession, {
                  params: { session },
                  query: { format },
                })}
                download
              >
                {name} <span className="soft">{what}</span>
              </a>
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

/** Ends a session. The page shows the end when it arrives, as it is on record. */
export function KillButton({ session, who }: { session: string; who: string }) {
  const [open, setOpen] = useState(false)
  const kill = useMutation({
    mutationFn: (reason: string) =>
      api.ask(controlApi.revoke, {
        body: { action: 'kill', target: { type: 'session', session }, reason },
      }),
    onSuccess: () => setOpen(false),
  })
  if (kill.isSuccess) {
    return (
      <span className="badge badge-warning" role="status">
        The end was ordered
      </span>
    )
  }
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title="End this session?"
      description={`What ${who} runs now is cancelled and the connection is closed, on every proxy. A new session can be opened.`}
      trigger={
        <button type="button" className="button button-danger">
          <Icon name="stop" />
          End session
        </button>
      }
    >
      <form
        className="kill-form"
        onSubmit={(event) => {
          event.preventDefault()
          const reason = new FormData(event.currentTarget).get('reason')
          if (typeof reason === 'string' && reason.trim() !== '') kill.mutate(reason.trim())
        }}
      >
        <label>
          Reason, for the record
          <input
            className="field"
            name="reason"
            required
            maxLength={500}
            autoComplete="off"
            spellCheck
          />
        </label>
        {kill.error !== null && (
          <p role="alert" className="danger-text">
            {sentence(kill.error.message)}
          </p>
        )}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={() => setOpen(false)}>
            Cancel
          </button>
          <button type="submit" className="button button-danger" disabled={kill.isPending}>
            End session
          </button>
        </div>
      </form>
    </Dialog>
  )
}
