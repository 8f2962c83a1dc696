/**
 * What a command gets from main.ts: the only road to the environment and to the terminal, so that commands can be tested
 * with neither.
 */
import { resolve } from 'node:path'
import type { Colors } from 'picocolors/types.js'

export type CommandContext = {
  /** Only main.ts reads `process.env`; commands read this. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Where relative paths of the command line start. */
  readonly workingDirectory: string
  /** Prints one line of the answer to stdout. */
  print(line: string): void
  /** Prints one line about the work (never part of the answer) to stderr. */
  note(line: string): void
  /** Colours for stdout; does nothing where stdout is no terminal or NO_COLOR is set. */
  readonly colors: Colors
}

export const defaultDataDirectory = '.gatetrail'

/** The data directory of a command: its `--data-dir`, else `.gatetrail` in the working directory. Absolute. */
export function dataDirectoryOf(context: CommandContext, option: string | undefined): string {
  return resolve(context.workingDirectory, option ?? defaultDataDirectory)
}
