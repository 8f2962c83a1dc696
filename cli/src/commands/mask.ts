/** gatetrail mask: stdin, or files, to stdout; personal data and secrets are masked, everything else goes through as it is. */
import type { Writable } from 'node:stream'
import { FindingStream, type StreamOutput } from '@gatetrail/detect'
import {
  GatetrailError,
  isGatetrailError,
  maskingStyles,
  touchLevels,
  type MaskingStyle,
  type TouchLevel,
} from '@gatetrail/schemas'
import { Option, type Command } from 'commander'
import type { CommandContext } from './context.ts'
import { maskingOf, rulesOf } from './detection-settings.ts'
import { readInput } from './input-files.ts'

type MaskOptions = { level: TouchLevel; wait: string; style?: MaskingStyle; config?: string }

const waitMsDefault = '200'
const waitMsMax = 60_000
const exitUnreadable = 2

export function registerMask(program: Command, context: CommandContext): void {
  program
    .command('mask')
    .description('copy stdin, or files, to stdout with personal data and secrets masked')
    .argument('[files...]', 'files, or - for stdin', ['-'])
    .addOption(
      new Option('--level <level>', 'the least sure findings to mask')
        .choices(touchLevels)
        .default('likely'),
    )
    .addOption(
      new Option('--style <style>', 'how all of them are masked; same_length if left out').choices(
        maskingStyles,
      ),
    )
    .option('--config <file>', 'gatetrail.yaml with detectors, styles and the key of tokens')
    .option(
      '--wait <milliseconds>',
      'how long what may become a finding is held back when nothing comes after it',
      waitMsDefault,
    )
    .action(async (files: string[], options: MaskOptions) => {
      const waitMs = waitMsOf(options.wait)
      const rules = await rulesOf(options.config, context)
      const masking = await maskingOf(options.config, options.style, context)
      for (const file of files) {
        const stream = new FindingStream(rules, {
          levelMin: options.level,
          mask(bytes, { entity }) {
            masking.of(entity).inText(bytes, 0, bytes.length)
            return bytes
          },
        })
        try {
          const late = await maskInput(readInput(file, context), stream, process.stdout, waitMs)
          if (late > 0) context.note(lateText(late))
        } catch (error) {
          if (!isGatetrailError(error)) throw error
          process.exitCode = exitUnreadable
          context.note(`error: ${error.message}`)
        }
      }
    })
}

/** Returns how many findings were known only after a part of them had gone on. */
export async function maskInput(
  input: AsyncIterable<Uint8Array>,
  stream: FindingStream,
  output: Writable,
  waitMs: number,
): Promise<number> {
  const sink = new Sink(output)
  let timer: NodeJS.Timeout | undefined
  try {
    for await (const piece of input) {
      clearTimeout(timer)
      await sink.write(stream.feed(piece))
      if (stream.heldBytes > 0) {
        timer = setTimeout(() => void sink.write(stream.flush()), waitMs)
      }
    }
  } finally {
    clearTimeout(timer)
    await sink.write(stream.end())
  }
  return sink.late
}

/** Writes in order, and waits until the output takes more. */
class Sink {
  readonly #output: Writable
  #written: Promise<void> = Promise.resolve()
  late = 0

  constructor(output: Writable) {
    this.#output = output
  }

  write({ pieces, late }: StreamOutput): Promise<void> {
    this.late += late.length
    this.#written = this.#written.then(() => this.#writeAll(pieces))
    return this.#written
  }

  async #writeAll(pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      if (this.#output.write(piece) || this.#output.destroyed) continue
      await new Promise<void>((resolve) => this.#output.once('drain', resolve).once('close', resolve)) // prettier-ignore
    }
  }
}

function waitMsOf(text: string): number {
  const waitMs = Number(text)
  if (/^\d+$/.test(text) && waitMs <= waitMsMax) return waitMs
  throw new GatetrailError('USAGE', `--wait is 0 to ${waitMsMax} milliseconds, not ${text}`)
}

function lateText(late: number): string {
  const what = late === 1 ? 'a finding was' : `${late} findings were`
  return `warning: ${what} known only after a part had gone on; a longer --wait holds it back`
}
