/** Files of ours. A browser saves whatever is answered, so it is asked first whether the sign-in still opens anything. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { ApiError, type Me } from '@gatetrail/replay-api'
import { me } from '../api/questions.ts'
import { keepDownload, pageAt, takeDownload, whoIs } from './kept-download.ts'

/** Where the sign-in has ended or is to be confirmed, the shell leads there, and the file comes on the way back. */
export function useDownload(): (address: string) => Promise<void> {
  const queries = useQueryClient()
  return async (address) => {
    // Who sees the page: afterwards another may be signed in, or nobody.
    const asker = queries.getQueryData(me.queryKey)
    const answer = await queries
      .fetchQuery({ ...me, staleTime: 0 })
      .catch((error: unknown) => (error instanceof ApiError ? error : undefined))
    if (answer === undefined || !mustWait(answer)) begin(address)
    else if (asker !== undefined) {
      const by = { who: whoIs(asker), page: pageAt(window.location) }
      keepDownload(sessionStorage, address, by, Date.now())
    }
  }
}

function mustWait(answer: Me | ApiError): boolean {
  if (answer instanceof ApiError) return answer.status === 401
  return answer.confirm !== null && answer.confirm.inSeconds <= 0
}

/** `reader`: who is signed in, and confirmed. */
export function useKeptDownload(reader: Me | undefined): void {
  const who = reader && whoIs(reader)
  useEffect(() => {
    if (who === undefined) return
    const by = { who, page: pageAt(window.location) }
    const address = takeDownload(sessionStorage, by, Date.now())
    if (address !== undefined) begin(address)
  }, [who])
}

function begin(address: string): void {
  const link = document.createElement('a')
  link.href = address
  link.download = ''
  link.click()
}
