/** Moments and durations as people read them. Times come as ISO 8601 in UTC with microseconds. Pure. */

/** `02:14:03`, with milliseconds where moments lie close together. */
export function clockTime(iso: string, timeZone: string, milliseconds = false): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(milliseconds && { fractionalSecondDigits: 3 as const }),
  }).format(new Date(iso))
}

/** `2026-03-12 02:14:03` */
export function dateTime(iso: string, timeZone: string): string {
  const date = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(new Date(iso))
  return `${date} ${clockTime(iso, timeZone)}`
}

/** Exactly what is on record. */
export function inUtc(iso: string): string {
  return `${iso.replace('T', ' ').replace('Z', '')} UTC`
}

/** From two significant units of microseconds up to hours: `850 µs`, `12 ms`, `3.4 s`, `2 min 5 s`, `1 h 12 min`. */
export function duration(micros: number): string {
  if (micros < 1_000) return `${micros} µs`
  if (micros < 9_950) return `${(micros / 1_000).toFixed(1)} ms`
  if (micros < 999_500) return `${Math.round(micros / 1_000)} ms`
  const seconds = micros / 1_000_000
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`
}

/** Time since the session began: `+0:03.241`. */
export function offset(micros: number): string {
  const milliseconds = Math.floor(micros / 1_000)
  const seconds = Math.floor(milliseconds / 1_000)
  const two = (value: number) => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3_600)
  const minutes = Math.floor((seconds % 3_600) / 60)
  const clock = hours > 0 ? `${hours}:${two(minutes)}` : String(minutes)
  return `+${clock}:${two(seconds % 60)}.${String(milliseconds % 1_000).padStart(3, '0')}`
}
