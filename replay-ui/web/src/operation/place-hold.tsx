/** Places a legal hold: what it names must all hold of a session. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { controlApi } from '@gatetrail/replay-api'
import { useState } from 'react'
import { api } from '../api/client.ts'
import { Dialog } from '../design/dialog.tsx'
import { usePermissions } from './operation-frame.tsx'
import { holds } from './questions.ts'
import { Problem, Reason } from '../stop/reason.tsx'

export function PlaceHold() {
  const questions = useQueryClient()
  const [open, setOpen] = useState(false)
  const place = useMutation({
    mutationFn: (form: FormData) => {
      const given = (name: string) => {
        const value = form.get(name)
        return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
      }
      const body = {
        ...{ session: given('session'), principal: given('principal'), runId: given('run') },
        ...{ from: given('from'), to: given('to'), reason: given('reason') ?? '' },
      }
      return api.ask(controlApi.placeHold, { body })
    },
    onSuccess: ({ hold }) => {
      setOpen(false)
      questions.setQueryData(holds.queryKey, (known) => ({
        holds: [hold, ...(known?.holds ?? [])],
      }))
    },
  })
  if (!usePermissions().includes('hold')) return null
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setOpen(next)
        place.reset()
      }}
      title="Place a legal hold"
      description="What it names does not expire until the hold is lifted. All that is filled in must hold of a session."
      trigger={
        <button type="button" className="button button-small">
          Place a hold…
        </button>
      }
    >
      <form
        className="stop-form"
        onSubmit={(event) => {
          event.preventDefault()
          place.mutate(new FormData(event.currentTarget))
        }}
      >
        <Field label="Session" name="session" placeholder="its id" />
        <Field label="Principal" name="principal" placeholder="issuer#subject" />
        <Field label="Run" name="run" placeholder="its id at the provider" />
        <label>
          Sessions that lived on this day or later (UTC)
          <input className="field" type="date" name="from" />
        </label>
        <label>
          Sessions that began before this day (UTC)
          <input className="field" type="date" name="to" />
        </label>
        <Reason charactersMax={1_000} />
        <Problem error={place.error} />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={() => setOpen(false)}>
            Cancel
          </button>
          <button type="submit" className="button button-primary" disabled={place.isPending}>
            Place
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function Field({ label, name, placeholder }: { label: string; name: string; placeholder: string }) {
  return (
    <label>
      {label}
      <input className="field" type="text" name={name} placeholder={placeholder} maxLength={512} />
    </label>
  )
}
