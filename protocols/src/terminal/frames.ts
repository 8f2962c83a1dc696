/**
 * Frames of a terminal session (chunk protocol `ssh`): what was shown, how large the terminal was, how it ended. What was typed is
 * recorded as a frame of its own type and never shown: it holds passwords. Pure.
 *
 *   o  to client  bytes that the terminal was given; a sequence may go on in the next frame
 *   r  to target  u16 columns · u16 rows
 *   x  to client  i32 exit status; nothing: ended by a signal
 *   i  to target  what was typed
 */
export const terminalTypes = {
  output: 0x6f, // o
  resize: 0x72, // r
  exit: 0x78, // x
  input: 0x69, // i
} as const

export type TerminalSize = { columns: number; rows: number }

/** As most terminals begin. */
export const terminalSizeDefault: TerminalSize = { columns: 80, rows: 24 }
/** A recording can't ask for more memory than that. */
export const terminalColumnsMax = 500
export const terminalRowsMax = 200

export function resizeFrame({ columns, rows }: TerminalSize): Uint8Array {
  const bytes = new Uint8Array(4)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, columns)
  view.setUint16(2, rows)
  return bytes
}

/** Within our bounds, whatever the frame says; undefined if it says nothing. */
export function readResize(bytes: Uint8Array): TerminalSize | undefined {
  if (bytes.length < 4) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return {
    columns: Math.min(Math.max(view.getUint16(0), 1), terminalColumnsMax),
    rows: Math.min(Math.max(view.getUint16(2), 1), terminalRowsMax),
  }
}

export function exitFrame(status: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setInt32(0, status)
  return bytes
}

/** null: ended by a signal. */
export function readExit(bytes: Uint8Array): number | null {
  if (bytes.length < 4) return null
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getInt32(0)
}
