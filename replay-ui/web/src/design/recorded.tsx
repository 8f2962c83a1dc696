/** Text that came from a client, a target or an issuer: what would hide or reorder text is written out (`\u202E`), never obeyed. */
import { visibleLine } from '@gatetrail/protocols'

export function Recorded({ text }: { text: string }) {
  return <bdi>{visibleLine(text).text}</bdi>
}

/** The same, for attributes. */
export function recorded(text: string): string {
  return visibleLine(text).text
}
