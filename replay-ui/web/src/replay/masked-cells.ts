/** Which cells of a transcript were masked, and in which column each stands. From the text alone: what the terminal shows. Pure. */
import { visibleLine, withoutColours } from '@gatetrail/protocols'

/** Columns of characters from `from` up to `to`, on a line from 0. */
export type MaskedCell = { line: number; from: number; to: number; column: string | undefined }

const cellsMax = 10_000
const rule = /^-[-+]*$/
// As protocols/ paints the stars of a masked value.
const painted = /\u001b\[33m(\*[^\u001b]*)\u001b\[0m/g // eslint-disable-line no-control-regex

export function maskedCellsIn(text: string): MaskedCell[] {
  const cells: MaskedCell[] = []
  let columns: { name: string; from: number; to: number }[] = []
  let before = ''
  text.split('\r\n').forEach((line, number) => {
    const plain = withoutColours(line)
    if (rule.test(plain)) columns = columnsOf(before, plain)
    before = plain
    for (const found of line.matchAll(painted)) {
      if (cells.length >= cellsMax) return
      const from = visibleLine(withoutColours(line.slice(0, found.index))).width
      const to = from + (found[1]?.length ?? 0)
      const column = columns.find((each) => from >= each.from && from < each.to)?.name
      cells.push({ line: number, from, to, column })
    }
  })
  return cells
}

/** `-----+----` says how wide each is; the line above how it is called. */
function columnsOf(names: string, line: string) {
  let from = 0
  return line.split('+').map((dashes) => {
    const column = { from, to: from + dashes.length, name: '' }
    column.name = names.slice(column.from, column.to).trim()
    from = column.to + 1
    return column
  })
}
