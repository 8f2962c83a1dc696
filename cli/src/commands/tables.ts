/** Columns of text on a terminal. What comes from data is made harmless here. */
import { visibleLine } from '@gatetrail/protocols'

/** Text of data on one line, without control characters, at most `charactersMax` long. */
export function oneLine(text: string, charactersMax = 10_000): string {
  const line = visibleLine(text.replace(/\s+/g, ' ').trim()).text
  return line.length > charactersMax ? `${line.slice(0, charactersMax - 1)}…` : line
}

/** Rows with columns padded to the widest; the last one is left as it is. */
export function alignColumns(
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string[] {
  const cells = rows.map((row) => row.map((cell) => visibleLine(cell)))
  const widths: number[] = []
  for (const row of cells)
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.width)))
  return cells.map((row) =>
    row
      .map((cell, index) => {
        const space = ' '.repeat((widths[index] ?? 0) - cell.width)
        if (right.includes(index)) return space + cell.text
        return index === row.length - 1 ? cell.text : cell.text + space
      })
      .join('  '),
  )
}

export function bytesText(bytes: number): string {
  if (bytes < 10_000) return `${bytes} B`
  if (bytes < 10_000_000) return `${(bytes / 1_000).toFixed(0)} kB`
  return `${(bytes / 1_000_000).toFixed(0)} MB`
}
