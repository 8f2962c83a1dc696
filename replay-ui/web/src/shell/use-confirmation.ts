/** When the browser goes by the issuer: before another page opens, or once the server answers nothing any more. */
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useBlocker, useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { ApiError } from '@gatetrail/replay-api'
import { me } from '../api/questions.ts'
import { confirmationOf, goByIssuer, holdsTyped, isTried, setTried } from './confirm.ts'

const holdCheckMs = 500

type Confirmation = {
  /** There is nothing to show before the issuer was asked. */
  isDue: boolean
  /** The page holds what would be lost: its reader says when. */
  isHeld: boolean
  confirm(): void
}

/** `failed`: the issuer was asked, and did not confirm. */
export function useConfirmation(failed: boolean): Confirmation {
  const router = useRouter()
  const queries = useQueryClient()
  const { data, dataUpdatedAt: askedAtMs } = useQuery(me)
  const confirm = data?.confirm ?? null
  useBlocker({
    shouldBlockFn: ({ current, next }) => {
      // Within a page the address follows what is looked at.
      if (current.pathname === next.pathname || failed) return false
      const known = { confirm, askedAtMs }
      const state = confirmationOf(known, Date.now())
      if (state === 'good' || (state === 'soon' && isTried(sessionStorage, known))) return false
      setTried(sessionStorage, known)
      goByIssuer(`${next.pathname}${router.options.stringifySearch(next.search)}`)
      return true
    },
    enableBeforeUnload: false,
    disabled: confirm === null,
  })
  // As the server said it when it was asked last: who reads on is not disturbed.
  const isDue = confirmationOf({ confirm, askedAtMs }, askedAtMs) === 'due'
  const typed = useTyped()
  const [isHeld, setHeld] = useState(false)
  useEffect(() => {
    setHeld(false)
    if (!isDue || failed) return undefined
    const timer = setInterval(() => {
      // What somebody is writing is not taken from them.
      if (document.querySelector('[role="dialog"]') !== null) return
      if (holdsTyped(typed, window.location.search) || wasRefused(queries)) {
        setHeld(true)
        return
      }
      clearInterval(timer)
      goByIssuer(router.state.location.href)
    }, holdCheckMs)
    return () => clearInterval(timer)
  }, [isDue, failed, router, queries, typed])
  return { isDue, isHeld, confirm: () => goByIssuer(router.state.location.href) }
}

type TextField = HTMLInputElement | HTMLTextAreaElement

/** Fields that somebody has written into, of pages that are gone as well as of this one. */
function useTyped(): Set<TextField> {
  const [typed] = useState(() => new Set<TextField>())
  useEffect(() => {
    const note = ({ target }: Event): void => {
      for (const field of typed) if (!field.isConnected) typed.delete(field)
      const isText =
        target instanceof HTMLTextAreaElement ||
        (target instanceof HTMLInputElement && !['checkbox', 'radio'].includes(target.type))
      if (isText) typed.add(target)
    }
    document.addEventListener('input', note, true)
    return () => document.removeEventListener('input', note, true)
  }, [typed])
  return typed
}

/** Whether something that somebody did here was not done for want of the confirmation. */
function wasRefused(queries: QueryClient): boolean {
  return queries
    .getMutationCache()
    .getAll()
    .some(({ state: { error } }) => error instanceof ApiError && error.status === 401)
}
