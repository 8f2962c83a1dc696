/** `0000  51 00 00 00 0d 73 65 6c  Q....sel`: bytes as people read them, eight on a line. Pure. */
const bytesPerLine = 8

export function hexLines(hex: string): string[] {
  const pairs = hex.match(/[0-9a-f]{2}/gi) ?? []
  const lines: string[] = []
  for (let from = 0; from < pairs.length; from += bytesPerLine) {
    const some = pairs.slice(from, from + bytesPerLine)
    const text = some.map((pair) => printable(Number.parseInt(pair, 16))).join('')
    const offset = from.toString(16).padStart(4, '0')
    lines.push(`${offset}  ${some.join(' ').padEnd(bytesPerLine * 3 - 1)}  ${text}`)
  }
  return lines
}

function printable(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'
}
