/** Time zones: UTC unless the address says otherwise, so that a link shows everybody the same day. */

export function isTimeZone(name: string): boolean {
  if (name.length > 64) return false
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

export function viewerTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}

export function timeZones(): string[] {
  return Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC')
}
