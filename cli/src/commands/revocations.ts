/** What the commands about revocations share: how people read one. */
import type { Revocation } from '@gatetrail/replay-api'
import { describeTarget } from '@gatetrail/schemas'
import type { CommandContext } from './context.ts'
import { oneLine } from './tables.ts'

/** Says what has been published: proxies act on it within a second. */
export function printPublished(
  revocation: Revocation,
  context: CommandContext,
  json: boolean,
): void {
  context.print(json ? JSON.stringify(revocation) : sentenceOf(revocation))
}

function sentenceOf({ id, state, action, target, until }: Revocation): string {
  const what = oneLine(describeTarget(target))
  if (state === 'lifted') return `${what}: the revocation is lifted (${id}).`
  if (action === 'kill') return `${what}: every proxy is told to end it (${id}).`
  return `${what}: every proxy is told to end its sessions, and to refuse new ones until ${until ?? ''} (${id}).`
}

export function rowOf({ id, time, state, action, target, by, until, reason }: Revocation) {
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
