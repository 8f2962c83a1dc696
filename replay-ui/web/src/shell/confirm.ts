/**
 * A sign-in that its issuer is to confirm again: the browser goes there and comes back to the address that it was about to open. Where
 * the issuer still knows it, nothing is asked and nothing is seen of it but a page that opens a little later.
 */
import type { Me } from '@gatetrail/replay-api'

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

/** Leaves the page. */
export function goByIssuer(returnTo: string): void {
  window.location.assign(`/api/login?returnTo=${encodeURIComponent(returnTo)}`)
}
