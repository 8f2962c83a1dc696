/**
 * A sign-in that its issuer is to confirm again: the browser goes there and comes back to the address that it was about to open. Where
 * the issuer still knows it, nothing is asked and nothing is seen of it but a page that opens a little later.
 */
import { platformApi, type Me } from '@gatetrail/replay-api'

/** By the clock of this browser. */
type Known = { confirm: Me['confirm']; askedAtMs: number }

/** `soon`: in the last quarter of its time, on the next way to another page, where it is noticed least. */
export function confirmationOf(
  { confirm, askedAtMs }: Known,
  nowMs: number,
): 'good' | 'soon' | 'due' {
  if (confirm === null) return 'good'
  const leftMs = askedAtMs + confirm.inSeconds * 1_000 - nowMs
  if (leftMs <= 0) return 'due'
  return leftMs <= (confirm.everySeconds * 1_000) / 4 ? 'soon' : 'good'
}

/** A new answer about the same sign-in may be a few seconds off. */
const sameDeadlineMs = 60_000
const triedKey = 'gatetrail.confirmTried'
type Tried = Pick<Storage, 'getItem' | 'setItem'>

/** `soon` is tried once: an issuer that did not answer is asked again at the end, not at each step. */
export function isTried(tried: Tried, { confirm, askedAtMs }: Known): boolean {
  if (confirm === null) return false
  const deadlineMs = Number(tried.getItem(triedKey) ?? Number.NaN)
  return Math.abs(deadlineMs - (askedAtMs + confirm.inSeconds * 1_000)) < sameDeadlineMs
}

export function setTried(tried: Tried, { confirm, askedAtMs }: Known): void {
  if (confirm === null) return
  try {
    tried.setItem(triedKey, String(askedAtMs + confirm.inSeconds * 1_000))
  } catch {
    // No room in this browser: it is tried at the next step again.
  }
}

type Field = { value: string; isConnected: boolean }

/** Whether a page holds what somebody has typed, and its address does not. */
export function holdsTyped(fields: Iterable<Field>, search: string): boolean {
  const inAddress = new Set(new URLSearchParams(search).values())
  for (const { value, isConnected } of fields)
    if (isConnected && value !== '' && !inAddress.has(value)) return true
  return false
}

/** What the server takes to come back to: of an address that is too long the page alone. */
export function loginAddress(returnTo: string): string {
  const fits = returnTo.length <= platformApi.returnToCharactersMax
  const back = fits ? returnTo : (/^[^?#]*/.exec(returnTo)?.[0] ?? '/')
  return `/api/login?returnTo=${encodeURIComponent(back)}`
}

/** Leaves the page. */
export function goByIssuer(returnTo: string): void {
  window.location.assign(loginAddress(returnTo))
}
