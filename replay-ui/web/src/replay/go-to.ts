/** Where a reader wants to go, as it is typed: `12`, `#12`, `seq 40`, `1:02:03.5`, `90 s`. Pure. */

export type Target = { number: number } | { seq: number } | { at: number }

const clock = /^\+?(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2}(?:\.\d{1,6})?)$/
const unit = /^\+?(\d{1,9}(?:\.\d{1,6})?)\s*(ms|s|min|h)$/i
const micros: Readonly<Record<string, number>> = { ms: 1e3, s: 1e6, min: 6e7, h: 3.6e9 }

/** `number`: of a statement, from 1 as the list shows it; `at`: µs since the start. */
export function parseTarget(typed: string): Target | undefined {
  const text = typed.trim()
  const numbered = /^#?(\d{1,10})$/.exec(text)
  if (numbered !== null) return { number: Number(numbered[1]) }
  const seq = /^seq\s*(\d{1,10})$/i.exec(text)
  if (seq !== null) return { seq: Number(seq[1]) }
  const time = clock.exec(text)
  if (time !== null) {
    const [, hours = '0', minutes, seconds] = time
    return {
      at: Math.round((Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1e6),
    }
  }
  const [, amount, name = ''] = unit.exec(text) ?? []
  const factor = micros[name.toLowerCase()]
  return factor === undefined ? undefined : { at: Math.round(Number(amount) * factor) }
}
