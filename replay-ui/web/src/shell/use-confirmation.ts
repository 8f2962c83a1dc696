/** When the browser goes by the issuer: before another page opens, or once the server answers nothing any more. */
import { useQuery } from '@tanstack/react-query'
import { useBlocker, useRouter } from '@tanstack/react-router'
import { useEffect } from 'react'
import { me } from '../api/questions.ts'
import { confirmationOf, goByIssuer } from './confirm.ts'

const dialogCheckMs = 500

/** Whether there is nothing to show before the issuer was asked. `failed`: it was, and did not confirm. */
export function useConfirmation(failed: boolean): boolean {
  const router = useRouter()
  const { data, dataUpdatedAt: askedAtMs } = useQuery(me)
  const confirm = data?.confirm ?? null
  useBlocker({
    shouldBlockFn: ({ current, next }) => {
      // Within a page the address follows what is looked at.
      if (current.pathname === next.pathname) return false
      if (failed || confirmationOf({ confirm, askedAtMs }, Date.now()) === 'good') return false
      goByIssuer(`${next.pathname}${router.options.stringifySearch(next.search)}`)
      return true
    },
    enableBeforeUnload: false,
    disabled: confirm === null,
  })
  // As the server said it when it was asked last: who reads on is not disturbed.
  const isDue = confirmationOf({ confirm, askedAtMs }, askedAtMs) === 'due'
  useEffect(() => {
    if (!isDue || failed) return undefined
    const timer = setInterval(() => {
      // What somebody is writing is not taken from them.
      if (document.querySelector('[role="dialog"]') !== null) return
      clearInterval(timer)
      goByIssuer(router.state.location.href)
    }, dialogCheckMs)
    return () => clearInterval(timer)
  }, [isDue, failed, router])
  return isDue
}
