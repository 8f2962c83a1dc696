/**
 * asciicast v2 and v3 (docs.asciinema.org): a header and an event per line. What was typed is never among them: statements are markers.
 * Texts have been made harmless before they come here. Pure.
 */
import { unreachable } from '@gatetrail/schemas'

export type CastEvent =
  | { kind: 'output'; atMicros: number; text: string }
  | { kind: 'marker'; atMicros: number; label: string }
  | { kind: 'resize'; atMicros: number; columns: number; rows: number }
  | { kind: 'exit'; atMicros: number; status: number | null }

export type CastHeader = { columns: number; rows: number; startedMs: number; title: string }

export class Asciicast {
  readonly #version: 2 | 3
  #lastMicros = 0

  constructor(version: 2 | 3) {
    this.#version = version
  }

  header({ columns, rows, startedMs, title }: CastHeader): string {
    const timestamp = Math.floor(startedMs / 1_000)
    return this.#version === 2
      ? lineOf({ version: 2, width: columns, height: rows, timestamp, title })
      : lineOf({ version: 3, term: { cols: columns, rows, type: 'xterm-256color' }, timestamp, title }) // prettier-ignore
  }

  /** Version 2 has no event for an exit: nothing comes of it there. */
  event(event: CastEvent): string {
    const said = codeOf(event)
    if (event.kind === 'exit' && this.#version === 2) return ''
    const atMicros = Math.max(event.atMicros, this.#lastMicros)
    // Version 2 counts from the start, version 3 from the event before.
    const micros = this.#version === 2 ? atMicros : atMicros - this.#lastMicros
    this.#lastMicros = atMicros
    return lineOf([micros / 1e6, ...said])
  }
}

function codeOf(event: CastEvent): [code: string, value: string] {
  switch (event.kind) {
    case 'output':
      return ['o', event.text]
    case 'marker':
      return ['m', event.label]
    case 'resize':
      return ['r', `${event.columns}x${event.rows}`]
    case 'exit':
      return ['x', `${event.status ?? 1}`]
    default:
      return unreachable(event)
  }
}

function lineOf(value: unknown): string {
  return `${safeJson(value)}\n`
}

// What reorders or hides text, and controls that JSON leaves as they are.
const unseen = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

/** JSON whose text shows what it holds: as it is read, it is the same. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    unseen,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
