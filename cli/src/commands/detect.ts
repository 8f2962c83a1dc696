/** gatetrail detect: what personal data and secrets stand in files. Prints where they are, never what they are. */
import { isGatetrailError, touchLevels, type TouchLevel } from '@gatetrail/schemas'
import { Option, type Command } from 'commander'
import { errorAsJson } from '../errors.ts'
import type { CommandContext } from './context.ts'
import { detectColumns } from './detect-columns.ts'
import { rulesOf } from './detection-settings.ts'
import { detectInStream, type PlacedFinding } from './detect-in-stream.ts'
import { readInput } from './input-files.ts'
import { oneLine } from './tables.ts'

type DetectOptions = {
  columns?: true
  config?: string
  json?: true
  level: TouchLevel
  exitCode?: true
}

const exitFound = 1
const exitUnreadable = 2

export function registerDetect(program: Command, context: CommandContext): void {
  program
    .command('detect')
    .description('find personal data and secrets in files: prints where they are, never what')
    .argument('<files...>', 'files, or - for stdin')
    .addOption(
      new Option('--level <level>', 'the least sure findings to print')
        .choices(touchLevels)
        .default('likely'),
    )
    .option('--columns', 'name the columns of CSV files that hold such data')
    .option('--config <file>', 'gatetrail.yaml with detectors of its own, and what is off')
    .option('--exit-code', 'end with 1 if something was found')
    .option('--json', 'one JSON object per finding on a terminal too')
    .action(async (files: string[], options: DetectOptions) => {
      const asJson = options.json === true || !process.stdout.isTTY
      const { found, unreadable } =
        options.columns === true
          ? await detectColumns(files, { level: options.level, asJson }, context)
          : await detectInFiles(files, { ...options, asJson }, context)
      if (unreadable > 0) process.exitCode = exitUnreadable
      else if (found > 0 && options.exitCode === true) process.exitCode = exitFound
    })
}

/** A file that can't be read is said on stderr; the others are done. */
async function detectInFiles(
  files: readonly string[],
  options: DetectOptions & { asJson: boolean },
  context: CommandContext,
): Promise<{ found: number; unreadable: number }> {
  const rules = await rulesOf(options.config, context)
  let found = 0
  let unreadable = 0
  for (const file of files) {
    try {
      const findings = detectInStream(readInput(file, context), rules, options.level)
      for await (const finding of findings) {
        found++
        context.print(
          options.asJson ? JSON.stringify({ file, ...finding }) : lineOf(file, finding, context),
        )
      }
    } catch (error) {
      if (!isGatetrailError(error)) throw error
      unreadable++
      context.note(options.json === true ? errorAsJson(error) : `error: ${error.message}`)
    }
  }
  return { found, unreadable }
}

function lineOf(file: string, finding: PlacedFinding, { colors }: CommandContext): string {
  const { line, start, end, entity, group, level } = finding
  const name = entity === group ? entity : `${entity} (${group})`
  return `${oneLine(file)}:${line}  ${colors.bold(name)}  ${level}  ${colors.dim(`characters ${start} to ${end}`)}`
}
