/** A log file with a bound: at `bytesMax` it becomes `<name>.1` and a new one begins, so two of them at most are kept. */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

export type RotatingFile = {
  /** Appends. Never throws: a full disk must not end the process that logs; lost lines are counted and told later. */
  write(text: string): void
  close(): void
}

export const logBytesMax = 16 * 1024 * 1024

export function openRotatingFile(path: string, bytesMax: number = logBytesMax): RotatingFile {
  let descriptor = openSync(path, 'a', 0o600)
  let length = fstatSync(descriptor).size
  let lost = 0
  const rotate = () => {
    closeSync(descriptor)
    renameSync(path, `${path}.1`)
    descriptor = openSync(path, 'a', 0o600)
    length = 0
  }
  return {
    write: (text) => {
      try {
        if (length >= bytesMax) rotate()
        if (lost > 0) {
          length += writeSync(descriptor, `${JSON.stringify({ level: 40, lostLines: lost })}\n`)
          lost = 0
        }
        length += writeSync(descriptor, text)
      } catch {
        lost += 1 // Told with the next line that can be written.
      }
    },
    close: () => closeSync(descriptor),
  }
}
