/** A change that asks for its reason. */
import type { UseMutationResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Dialog } from '../design/dialog.tsx'
import { Problem, Reason } from '../stop/reason.tsx'

type StopDialogProps = {
  open: boolean
  setOpen: (open: boolean) => void
  title: string
  description: ReactNode
  trigger: string
  submit: string
  charactersMax: number
  act: UseMutationResult<unknown, Error, string>
}

export function StopDialog(props: StopDialogProps) {
  const { open, setOpen, title, description, trigger, submit, charactersMax, act } = props
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setOpen(next)
        act.reset()
      }}
      title={title}
      description={description}
      trigger={
        <button type="button" className="button button-small">
          {trigger}
        </button>
      }
    >
      <form
        className="stop-form"
        onSubmit={(event) => {
          event.preventDefault()
          const reason = new FormData(event.currentTarget).get('reason')
          if (typeof reason === 'string') act.mutate(reason)
        }}
      >
        <Reason charactersMax={charactersMax} />
        <Problem error={act.error} />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={() => setOpen(false)}>
            Cancel
          </button>
          <button type="submit" className="button button-primary" disabled={act.isPending}>
            {submit}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
