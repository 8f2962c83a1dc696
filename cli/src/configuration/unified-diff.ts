/** What changed between two texts, as `git apply` and `patch -p1` read it. For texts that differ in one place. Pure. */

const contextLines = 3
const noLineBreak = '\\ No newline at end of file'

/** Empty if they are alike. `file`: how the diff calls it. */
export function unifiedDiff(before: string, after: string, file: string): string {
  if (before === after) return ''
  const old = linesOf(before)
  const now = linesOf(after)
  let head = 0
  while (head < old.length && head < now.length && old[head] === now[head]) head++
  let tail = 0
  const tailMax = Math.min(old.length, now.length) - head
  while (tail < tailMax && old.at(-1 - tail) === now.at(-1 - tail)) tail++
  const from = Math.max(0, head - contextLines)
  const oldTo = Math.min(old.length, old.length - tail + contextLines)
  const nowTo = Math.min(now.length, now.length - tail + contextLines)
  const lines = [
    ...old.slice(from, head).map((line) => ` ${line}`),
    ...old.slice(head, old.length - tail).map((line) => `-${line}`),
    ...now.slice(head, now.length - tail).map((line) => `+${line}`),
    ...old.slice(old.length - tail, oldTo).map((line) => ` ${line}`),
  ]
  return [
    `--- a/${file}`,
    `+++ b/${file}`,
    `@@ -${rangeOf(from, oldTo)} +${rangeOf(from, nowTo)} @@`,
    ...lines,
    '',
  ].join('\n')
}

/** Each without its line break; the last one says if it has none. */
function linesOf(text: string): string[] {
  const lines = text.split('\n')
  const last = lines.pop()
  if (last !== undefined && last !== '') lines.push(`${last}\n${noLineBreak}`)
  return lines
}

/** Lines are numbered from 1; of none it is that before. */
function rangeOf(from: number, to: number): string {
  const count = to - from
  return `${count === 0 ? from : from + 1},${count}`
}
