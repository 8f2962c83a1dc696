/** What the commands about revocations share: how the API shows one, and how people read it. */
import { describeTarget, revocationActions, revocationTargetSchema } from '@gatetrail/schemas'
import { z } from 'zod'
import type { ApiClient } from './api-client.ts'
import type { CommandContext } from './context.ts'
import { oneLine } from './tables.ts'

export const revocationShape = z.looseObject({
  id: z.string(),
  version: z.int(),
  state: z.enum(['in_force', 'done', 'over', 'lifted']),
  action: z.enum(revocationActions),
  target: revocationTargetSchema,
  reason: z.string(),
  by: z.string(),
  time: z.string(),
  until: z.string().nullable(),
})
export type RevocationAnswer = z.infer<typeof revocationShape>

const answer = z.looseObject({ revocation: revocationShape })

/** Publishes, and says what has been published: proxies act on it within a second. */
export async function publishRevocation(
  api: ApiClient,
  path: string,
  body: object,
  context: CommandContext,
  json: boolean,
): Promise<void> {
  const { revocation } = await api.post(path, body, answer)
  context.print(json ? JSON.stringify(revocation) : sentenceOf(revocation))
}

function sentenceOf({ id, state, action, target, until }: RevocationAnswer): string {
  const what = oneLine(describeTarget(target))
  if (state === 'lifted') return `${what}: the revocation is lifted (${id}).`
  if (action === 'kill') return `${what}: every proxy is told to end it (${id}).`
  return `${what}: every proxy is told to end its sessions, and to refuse new ones until ${until ?? ''} (${id}).`
}

export function rowOf({ id, time, state, action, target, by, until, reason }: RevocationAnswer) {
  return [
    id,
    minute(time),
    state.replace('_', ' '),
    action,
    oneLine(describeTarget(target)),
    until === null ? '' : `until ${minute(until)}`,
    oneLine(by),
    oneLine(reason),
  ]
}

function minute(time: string): string {
  return time.slice(0, 16).replace('T', ' ')
}
