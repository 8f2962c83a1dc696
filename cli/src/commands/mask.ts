/** gatetrail mask: stdin, or files, to stdout; personal data and secrets are masked, everything else goes through as it is. */
import { builtInRules, FindingStream, maskSpan, type StreamOutput } from '@gatetrail/detect'
import { touchLevels, type TouchLevel } from '@gatetrail/schemas'
import { Option, type Command } from 'commander'
import type { CommandContext } from './context.ts'
import { readInput } from './input-files.ts'

type MaskOptions = { level: TouchLevel; wait: string }

/** Output that nothing came after for so long goes on, so that a prompt is seen. */
const waitMsDefault = 200

export function registerMask(program: Command, context: CommandContext): void {
  program
    .command('mask')
    .description('copy files, or stdin, to stdout with personal data and secrets masked')
    .argument('[files...]', 'files, or - for stdin', ['-'])
    .addOption(
      new Option('--level <level>', 'the least sure findings to mask')
        .choices(touchLevels)
        .default('likely'),
    )
    .option(
      '--wait <milliseconds>',
      'how long the begin of what may become a finding is held back when nothing comes after it',
      String(waitMsDefault),
    )
    .action(async (files: string[], options: MaskOptions) => {
      for (const file of files) await maskInput(readInput(file, context), options)
    })
}

async function maskInput(input: AsyncIterable<Uint8Array>, { level }: MaskOptions): Promise<void> {
  const stream = new FindingStream(builtInRules, { levelMin: level, mask })
  for await (const piece of input) await write(stream.feed(piece))
  await write(stream.end())
}

function mask(bytes: Uint8Array): Uint8Array {
  maskSpan(bytes, { start: 0, end: bytes.length })
  return bytes
}

/** Waits until stdout takes more. */
async function write({ pieces }: StreamOutput): Promise<void> {
  for (const piece of pieces) {
    if (process.stdout.write(piece)) continue
    await new Promise<void>((resolve) => process.stdout.once('drain', resolve))
  }
}
