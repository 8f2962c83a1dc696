/** Ends a session, or everything of its run or principal, and keeps them out: with a reason, which goes on record. */
import { useMutation } from '@tanstack/react-query'
import { controlApi, type Session } from '@gatetrail/replay-api'
import { useEffect, useState } from 'react'
import { api } from '../api/client.ts'
import { Dialog } from '../design/dialog.tsx'
import { Recorded } from '../design/recorded.tsx'
import { Problem, Reason } from './reason.tsx'

type Asked = Parameters<typeof api.ask<typeof controlApi.revoke>>[1]['body']
type What = 'session' | 'run' | 'principal'

type KillDialogProps = {
  session: Session
  trigger: React.ReactElement
  /** It was opened, or closed. */
  asking?: (open: boolean) => void
  done: () => void
}

/** `done`: the end was ordered; it is on record as it comes. */
export function KillDialog({ session, trigger, asking, done }: KillDialogProps) {
  const [open, setOpened] = useState(false)
  const setOpen = (next: boolean) => {
    setOpened(next)
    asking?.(next)
  }
  // It may go away with its row.
  useEffect(() => () => asking?.(false), [asking])
  const [what, setWhat] = useState<What>('session')
  const end = useMutation({
    mutationFn: (reason: string) =>
      api.ask(controlApi.revoke, { body: { ...bodyOf(what, session), reason } }),
    onSuccess: () => {
      setOpen(false)
      done()
    },
  })
  const { run, principal } = session
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setOpen(next)
        end.reset()
      }}
      title="End this session?"
      description={
        <>
          <Recorded text={principal.id} /> on <Recorded text={session.connection} />. Every proxy
          hears of it at once; what runs is cancelled. Your name and the reason go on record.
        </>
      }
      trigger={trigger}
    >
      <form
        className="stop-form"
        onSubmit={(event) => {
          event.preventDefault()
          const reason = new FormData(event.currentTarget).get('reason')
          if (typeof reason === 'string') end.mutate(reason)
        }}
      >
        <fieldset>
          <legend className="visually-hidden">What ends</legend>
          <Choice value="session" chosen={what} choose={setWhat}>
            This session only
          </Choice>
          {run !== null && (
            <Choice value="run" chosen={what} choose={setWhat}>
              <span>
                All sessions of run <Recorded text={run.id} />, and refuse it for 24 hours
              </span>
            </Choice>
          )}
          <Choice value="principal" chosen={what} choose={setWhat}>
            <span>
              All sessions of <Recorded text={principal.subject} />, and refuse it for 24 hours
            </span>
          </Choice>
        </fieldset>
        <Reason charactersMax={500} />
        <Problem error={end.error} />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={() => setOpen(false)}>
            Cancel
          </button>
          <button type="submit" className="button button-primary" disabled={end.isPending}>
            {end.isPending ? 'Ending…' : 'End'}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

type ChoiceProps = {
  value: What
  chosen: What
  choose: (value: What) => void
  children: React.ReactNode
}

function Choice({ value, chosen, choose, children }: ChoiceProps) {
  return (
    <label>
      <input
        type="radio"
        name="what"
        value={value}
        checked={chosen === value}
        onChange={() => choose(value)}
      />
      {children}
    </label>
  )
}

function bodyOf(what: What, { session, run, principal }: Session): Omit<Asked, 'reason'> {
  if (what === 'run' && run !== null)
    return { action: 'revoke', target: { type: 'run', provider: run.provider, id: run.id } }
  if (what === 'principal') {
    const { issuer, subject } = principal
    return { action: 'revoke', target: { type: 'subject', issuer, subject } }
  }
  return { action: 'kill', target: { type: 'session', session } }
}
