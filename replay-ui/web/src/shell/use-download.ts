/** Files of ours. A browser saves whatever is answered, so it is asked first whether the sign-in still opens anything. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { ApiError, type Me } from '@gatetrail/replay-api'
import { me } from '../api/questions.ts'
import { keepDownload, takeDownload } from './kept-download.ts'

/** Where the sign-in has ended or is to be confirmed, the shell leads there, and the file comes on the way back. */
export function useDownload(): (address: string) => Promise<void> {
  const queries = useQueryClient()
  return async (address) => {
    const answer = await queries
      .fetchQuery({ ...me, staleTime: 0 })
      .catch((error: unknown) => (error instanceof ApiError ? error : undefined))
    if (answer !== undefined && mustWait(answer))
      keepDownload(sessionStorage, address, window.location.pathname, Date.now())
    else begin(address)
  }
}

function mustWait(answer: Me | ApiError): boolean {
  if (answer instanceof ApiError) return answer.status === 401
  return answer.confirm !== null && answer.confirm.inSeconds <= 0
}

/** `isSignedIn`: and confirmed. */
export function useKeptDownload(isSignedIn: boolean): void {
  useEffect(() => {
    if (!isSignedIn) return
    const address = takeDownload(sessionStorage, window.location.pathname, Date.now())
    if (address !== undefined) begin(address)
  }, [isSignedIn])
}

function begin(address: string): void {
  const link = document.createElement('a')
  link.href = address
  link.download = ''
  link.click()
}
