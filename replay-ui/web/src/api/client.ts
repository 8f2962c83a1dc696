/** The client of this page: its own origin, with the cookie of the sign-in. */
import { createClient } from '@gatetrail/replay-api'

export const api = createClient({
  unreachableHint: 'Look whether "gatetrail up" still runs, then try again.',
})
