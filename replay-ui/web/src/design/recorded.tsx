/** Text that came from a client, a target or an issuer: what would hide or reorder text is written out (`\u202E`), never obeyed. */
import { visibleLine, visibleText } from '@gatetrail/protocols'

type RecordedProps = { text: string; lines?: boolean }

export function Recorded({ text, lines = false }: RecordedProps) {
  return <bdi>{lines ? visibleText(text) : visibleLine(text).text}</bdi>
}

/** The same, for attributes. */
export function recorded(text: string): string {
  return visibleLine(text).text
}
