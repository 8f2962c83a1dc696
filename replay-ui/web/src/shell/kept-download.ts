/** A file that was asked for when the sign-in had to be confirmed first: it waits in this tab, and comes once it is. */
import type { Me } from '@gatetrail/replay-api'

const keptKey = 'gatetrail.download'
const keptMsMax = 600_000
type Kept = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** By whom, and on which page: its path and what it asks. */
type AskedBy = { who: string; page: string }

/** Names may be given twice, a subject once by its issuer. */
export function whoIs({ issuer, subject, name }: Pick<Me, 'issuer' | 'subject' | 'name'>): string {
  return JSON.stringify([issuer, subject, name])
}

/** One page however its address is written: a browser and a server encode it in ways of their own. */
export function pageAt({ pathname, search }: Pick<Location, 'pathname' | 'search'>): string {
  return `${pathname}?${new URLSearchParams(search).toString()}`
}

export function keepDownload(
  kept: Kept,
  address: string,
  { who, page }: AskedBy,
  nowMs: number,
): void {
  try {
    kept.setItem(keptKey, JSON.stringify([address, page, who, nowMs]))
  } catch {
    // No room in this browser: it is asked for again by hand.
  }
}

/**
 * Once: what is taken waits no more. Nothing but an address of our API that the same person asked for on this page a little while ago:
 * a download is on record as of who is signed in.
 */
export function takeDownload(
  kept: Kept,
  { who, page }: AskedBy,
  nowMs: number,
): string | undefined {
  const text = kept.getItem(keptKey)
  if (text === null) return undefined
  kept.removeItem(keptKey)
  const [address, askedOn, askedBy, askedMs] = partsIn(text)
  const isOurs = typeof address === 'string' && /^\/api\/[\x21-\x7e]*$/.test(address)
  const isRecent = typeof askedMs === 'number' && nowMs - askedMs < keptMsMax
  return isOurs && isRecent && askedOn === page && askedBy === who ? address : undefined
}

function partsIn(text: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(text)
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}
