/** Files of the command line that are read in pieces, `-` being stdin. For detect and mask. */
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { GatetrailError } from '@gatetrail/schemas'
import type { CommandContext } from './context.ts'

const pieceBytesMax = 256 * 1024

/** In the order of the command line. `name`: as it was given. @throws INPUT_UNREADABLE while it is read */
export async function* readInput(name: string, context: CommandContext): AsyncGenerator<Buffer> {
  const stream =
    name === '-'
      ? process.stdin
      : createReadStream(resolve(context.workingDirectory, name), { highWaterMark: pieceBytesMax })
  try {
    for await (const piece of stream) {
      yield Buffer.isBuffer(piece) ? piece : Buffer.from(String(piece))
    }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new GatetrailError(
      'INPUT_UNREADABLE',
      code === 'ENOENT' ? `there is no file ${name}` : `${name} cannot be read (${code})`,
      { cause },
    )
  }
}
