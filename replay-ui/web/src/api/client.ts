/** The client of this page: its own origin, with the cookie of the sign-in. */
import { createClient } from '@gatetrail/replay-api'
import * as z from 'zod'

// Nothing may compile code at run time: the content security policy forbids it.
z.config({ jitless: true })

export const api = createClient({
  unreachableHint: 'Look whether "gatetrail up" still runs, then try again.',
})
