/** Which lines stand left of a statement in the list: one for its transaction, one for each savepoint that is open. Pure. */
import type { TimelineStatement } from '@gatetrail/replay-api'

/** `key`: the same for a line all the way down. */
export type Rail = { key: string; begins: boolean; ends: boolean; failed: boolean }

/** More are not drawn: the words beside them say it. */
const railsMax = 4

export function railsOf(
  statementAt: (index: number) => TimelineStatement | undefined,
  index: number,
): Rail[] {
  const transaction = statementAt(index)?.transaction ?? null
  if (transaction === null) return []
  const { place, failed, savepoints, began } = transaction
  const rails: Rail[] = [
    { key: 'transaction', begins: place === 'begin', ends: place === 'end', failed },
  ]
  const held = (at: number): readonly string[] => {
    const other = statementAt(at)?.transaction
    return other?.began === began ? other.savepoints : []
  }
  savepoints.slice(0, railsMax - 1).forEach((name, depth) => {
    rails.push({
      key: `savepoint ${depth}`,
      begins: held(index - 1)[depth] !== name,
      ends: held(index + 1)[depth] !== name,
      failed,
    })
  })
  return rails
}
