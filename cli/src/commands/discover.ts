/**
 * gatetrail discover: proposes tags for the columns of a connection, as a diff of the configuration. The diff goes to stdout,
 * all else to stderr; nothing in it is a value of the target.
 */
import { chmod, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, relative } from 'node:path'
import { describeEvidence, groupOf } from '@gatetrail/detect'
import type { DiscoveredColumn, Discovery } from '@gatetrail/proxy'
import { GatetrailError, type Configuration } from '@gatetrail/schemas'
import type { Command } from 'commander'
import { addColumns } from '../configuration/add-columns.ts'
import { loadConfiguration } from '../configuration/load.ts'
import { unifiedDiff } from '../configuration/unified-diff.ts'
import type { CommandContext } from './context.ts'
import { oneLine } from './tables.ts'

type Options = { config: string; json?: true; sample: string; write?: true }

const sampleRowsMax = 2_000
const progressIntervalMs = 2_000

export function registerDiscover(program: Command, context: CommandContext): void {
  program
    .command('discover')
    .description('propose tags for the columns of a connection, as a diff of the configuration')
    .argument('<connection>', 'its name in the configuration')
    .option('--config <file>', 'the configuration that has it', 'gatetrail.yaml')
    .option('--sample <rows>', `rows to look at per table, at most ${sampleRowsMax}`, '200')
    .option('--write', 'write the tags into the configuration')
    .option('--json', 'print one JSON object: what was found, with evidence, and the diff')
    .addHelpText(
      'after',
      `
Reads the target's catalogue and samples with the connection's credential, in read-only transactions. Values are looked at and
forgotten. Review the diff, then: gatetrail discover orders | git apply, or --write.`,
    )
    .action(async (name: string, options: Options) => runDiscover(name, options, context))
}

/** @throws GatetrailError USAGE, CONFIG_*, UPSTREAM_*, CREDENTIAL_UNAVAILABLE */
export async function runDiscover(
  name: string,
  options: Options,
  context: CommandContext,
): Promise<void> {
  const sampleRows = rowsOf(options.sample)
  const { configuration, file } = await loadConfiguration(options.config, context.workingDirectory)
  const connection = configuration.connections.find((candidate) => candidate.name === name)
  if (connection === undefined) {
    const known = configuration.connections.map((candidate) => candidate.name).join(', ')
    throw new GatetrailError('CONNECTION_UNKNOWN', `there is no connection "${oneLine(name)}"`, {
      hint: `The configuration has ${known}.`,
    })
  }
  const text = await readFile(file, 'utf8')
  // Loaded here: the proxy brings two large WebAssembly modules that no other command needs.
  const { discover } = await import('@gatetrail/proxy')
  const discovery = await discover(
    connection,
    { environment: context.environment, configurationDirectory: dirname(file) },
    { sampleRows, onProgress: progressTo(context) },
  )
  const shown = shownPath(file, context.workingDirectory)
  const proposal = proposalOf(discovery, configuration, name, text, shown)
  const written = options.write === true && proposal.diff !== ''
  if (written) await replace(file, text, proposal.after)
  if (options.json === true) {
    context.print(JSON.stringify({ ...asJson(name, discovery, proposal), written }))
    return
  }
  if (proposal.diff !== '')
    for (const line of proposal.diff.trimEnd().split('\n')) context.print(line)
  for (const line of notesOf(discovery, proposal, configuration)) context.note(line)
  if (written) context.note(`written to ${shown}; a proxy reads it when it starts`)
}

type Proposal = {
  readonly proposed: readonly DiscoveredColumn[]
  readonly possible: readonly DiscoveredColumn[]
  /** The configuration with the proposed tags. */
  readonly after: string
  readonly diff: string
}

/** @throws GatetrailError CONFIG_INVALID where lines can't be added to the configuration */
function proposalOf(
  { found }: Discovery,
  { detection }: Configuration,
  connection: string,
  text: string,
  shown: string,
): Proposal {
  const wanted = found.filter(({ entity }) => !detection.off.includes(entity))
  const proposed = wanted.filter(({ level }) => level !== 'possible')
  const tags = proposed.map(({ place, entity, level, evidence }) => ({
    place,
    dataClass: entity,
    comment: `${level}: ${describeEvidence(evidence)}`,
  }))
  const after = addColumns(text, connection, tags)
  return {
    proposed,
    possible: wanted.filter(({ level }) => level === 'possible'),
    after,
    diff: unifiedDiff(text, after, shown),
  }
}

function asJson(connection: string, discovery: Discovery, proposal: Proposal): object {
  const { relations, columns, tagged, unmatched, unsampled, unnameable } = discovery
  return {
    connection,
    relations,
    columns,
    proposed: proposal.proposed.map(withGroup),
    possible: proposal.possible.map(withGroup),
    tagged,
    unmatched,
    unsampled,
    unnameable,
    diff: proposal.diff,
  }
}

function withGroup({ place, entity, level, evidence }: DiscoveredColumn): object {
  return { place, entity, group: groupOf(entity), level, evidence }
}

/** What the diff does not say. */
function notesOf(
  { relations, columns, tagged, unmatched, unsampled, unnameable }: Discovery,
  { proposed, possible }: Proposal,
  { detection }: Configuration,
): string[] {
  const list = (places: readonly string[]): string[] => places.map((place) => `  ${oneLine(place)}`)
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [title, ...lines]
  return [
    `${relations} tables with ${columns} columns: ${proposed.length} tags are proposed, ${tagged.length} columns are tagged already`,
    ...section(
      'tagged already, and left as they are:',
      list(tagged.map(({ place, dataClass }) => `${place}: ${dataClass}`)),
    ),
    ...section(
      'possible, and not proposed:',
      list(
        possible.map(
          ({ place, entity, evidence }) => `${place}: ${entity} (${describeEvidence(evidence)})`,
        ),
      ),
    ),
    ...section(
      'tags of the configuration that fit no column: correct or remove them',
      list(unmatched),
    ),
    ...section(
      'classified by names alone, without a sample:',
      list(unsampled.map(({ relation, reason }) => `${relation}: ${reason}`)),
    ),
    ...section(
      "with a dot in their names, which the configuration can't name: tag them by COMMENT ('gatetrail:EMAIL')",
      list(unnameable),
    ),
    ...(detection.off.length === 0
      ? []
      : [`not looked for (detection.off): ${detection.off.join(', ')}`]),
  ]
}

function progressTo(context: CommandContext): (done: number, of: number) => void {
  let saidMs = performance.now()
  return (done, of) => {
    if (performance.now() - saidMs < progressIntervalMs) return
    saidMs = performance.now()
    context.note(`${done} of ${of} tables`)
  }
}

/** At once or not at all, with the rights that it had. @throws GatetrailError CONFIG_INVALID if it was changed since it was read */
async function replace(file: string, before: string, after: string): Promise<void> {
  const path = await realpath(file)
  if ((await readFile(path, 'utf8')) !== before) {
    throw new GatetrailError('CONFIG_INVALID', 'the configuration was changed in the meantime', {
      hint: 'Run it again.',
    })
  }
  const { mode } = await stat(path)
  const temporary = `${path}.${process.pid}.tmp`
  await writeFile(temporary, after, { mode: 0o600 })
  await chmod(temporary, mode)
  await rename(temporary, path)
}

function shownPath(file: string, workingDirectory: string): string {
  const path = relative(workingDirectory, file)
  return path.startsWith('..') || isAbsolute(path) ? file.replace(/^\/+/, '') : path
}

/** @throws GatetrailError USAGE */
function rowsOf(text: string): number {
  const rows = Number(text)
  if (/^\d+$/.test(text) && rows >= 1 && rows <= sampleRowsMax) return rows
  throw new GatetrailError(
    'USAGE',
    `--sample ${oneLine(text)}: give a whole number from 1 to ${sampleRowsMax}`,
  )
}
