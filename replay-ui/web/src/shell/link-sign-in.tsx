/** Signs in by the one-time link that the address holds behind `#`. By a button: who only previews the address uses nothing up. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, platformApi } from '@gatetrail/replay-api'
import { api } from '../api/client.ts'
import { me } from '../api/questions.ts'
import { Notice } from '../design/notice.tsx'

export function linkCode(hash: string): string | undefined {
  return /^#?link=([\w-]{1,100})$/.exec(hash)?.[1]
}

export function LinkSignIn({ code }: { code: string }) {
  const queries = useQueryClient()
  const [asked, setAsked] = useState(false)
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => api.ask(platformApi.signInByLink, { body: { code } }),
    onSuccess: async () => {
      // It is used up, and has nothing to seek in the history.
      const { pathname, search } = window.location
      window.history.replaceState(window.history.state, '', pathname + search)
      await queries.resetQueries({ queryKey: me.queryKey })
    },
  })
  return (
    <>
      {error !== null && (
        <div role="alert">
          <Notice tone="warning" icon="warning" title="You are not signed in">
            <p>
              {error instanceof ApiError && error.status === 401
                ? 'This link was used, or is older than ten minutes. Make another:'
                : `${error.message}. If it lasts, make another link:`}{' '}
              <code>gatetrail link</code>
            </p>
          </Notice>
        </div>
      )}
      <button
        type="button"
        className="button button-primary button-large"
        disabled={isPending || (asked && error === null)}
        onClick={() => {
          setAsked(true)
          mutate()
        }}
      >
        Sign in with this link
      </button>
      <p className="soft">It signs this browser in as administrator, once.</p>
    </>
  )
}
