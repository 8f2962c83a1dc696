/** What the server says in `signin` of the address where a sign-in came to nothing. */
export const signInFailures: Readonly<Record<string, string>> = {
  failed: 'The sign-in was not completed. It may have taken too long; begin again.',
  busy: 'Too many sign-ins were begun from this address. Wait a minute, then begin again.',
  unavailable: 'The issuer does not answer. Try again; if it lasts, look at its address in gatetrail.yaml.',
} // prettier-ignore
