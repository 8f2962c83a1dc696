/** Saves the view as it stands in the address, under a name, for everybody who may read. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { useState } from 'react'
import { questionsApi } from '@gatetrail/replay-api'
import { controlLimits } from '@gatetrail/schemas'
import { api } from '../api/client.ts'
import { Dialog } from '../design/dialog.tsx'
import { Icon } from '../design/icons.tsx'
import { Failure } from '../design/notice.tsx'
import { Recorded } from '../design/recorded.tsx'
import { savedQuestions } from './questions.ts'

export function SaveQuestion() {
  const [open, setOpen] = useState(false)
  const { pathname, searchStr } = useLocation()
  const queryClient = useQueryClient()
  const save = useMutation({
    mutationFn: (name: string) =>
      api.ask(questionsApi.saveQuestion, { body: { name, address: `${pathname}${searchStr}` } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: savedQuestions.queryKey }),
  })
  return (
    <Dialog
      open={open}
      onOpenChange={(opened) => {
        setOpen(opened)
        save.reset()
      }}
      title="Save this question"
      description="It is kept for a year after it was last opened, and everybody who may read sees it under Saved questions, with your name."
      trigger={
        <button type="button" className="button button-small">
          <Icon name="star" />
          Save
        </button>
      }
    >
      {save.isSuccess ? (
        <>
          <p role="status">
            Saved as <Recorded text={save.data.question.name} />.
          </p>
          <div className="dialog-actions">
            <button type="button" className="button" onClick={() => setOpen(false)}>
              Close
            </button>
          </div>
        </>
      ) : (
        <form
          className="dialog-form"
          onSubmit={(event) => {
            event.preventDefault()
            const name = new FormData(event.currentTarget).get('name')
            if (typeof name === 'string' && name.trim() !== '') save.mutate(name.trim())
          }}
        >
          <label className="labelled">
            Name
            <input
              className="field"
              name="name"
              required
              maxLength={controlLimits.questionNameCharactersMax}
              placeholder="such as: the training jobs, last 7 days"
              autoComplete="off"
            />
          </label>
          {save.error !== null && <Failure error={save.error} what="The question" done="saved" />}
          <div className="dialog-actions">
            <button type="button" className="button" onClick={() => setOpen(false)}>
              Cancel
            </button>
            <button type="submit" className="button button-primary" disabled={save.isPending}>
              {save.isPending ? 'Saving…' : 'Save'}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  )
}
