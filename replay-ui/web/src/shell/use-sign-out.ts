/** The way out of every page. */
import { useMutation } from '@tanstack/react-query'
import { platformApi } from '@gatetrail/replay-api'
import { api } from '../api/client.ts'

export function useSignOut(): () => void {
  const { mutate } = useMutation({
    mutationFn: () => api.ask(platformApi.logout, {}),
    // A fresh page: nothing of what was read stays in memory.
    onSettled: () => window.location.assign('/'),
  })
  return mutate
}
