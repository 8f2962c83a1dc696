/** A file that was asked for when the sign-in had to be confirmed first: it waits in this tab, and comes once it is. */

const keptKey = 'gatetrail.download'
const keptMsMax = 600_000
type Kept = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** `page`: the path that it was asked for on. */
export function keepDownload(kept: Kept, address: string, page: string, nowMs: number): void {
  try {
    kept.setItem(keptKey, JSON.stringify([address, page, nowMs]))
  } catch {
    // No room in this browser: it is asked for again by hand.
  }
}

/** Once: what is taken waits no more. Nothing but an address of our API that was asked for on this page a little while ago. */
export function takeDownload(kept: Kept, page: string, nowMs: number): string | undefined {
  const text = kept.getItem(keptKey)
  if (text === null) return undefined
  kept.removeItem(keptKey)
  const [address, askedOn, askedMs] = partsIn(text)
  const isOurs = typeof address === 'string' && /^\/api\/[\x21-\x7e]*$/.test(address)
  const isRecent = typeof askedMs === 'number' && nowMs - askedMs < keptMsMax
  return isOurs && isRecent && askedOn === page ? address : undefined
}

function partsIn(text: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(text)
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}
