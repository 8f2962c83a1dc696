/**
 * gatetrail detect --columns: which columns of CSV files hold personal data or secrets, by header and sampled values. From
 * detect.ts. Prints names of columns, never a value.
 */
import { parse } from 'node:path'
import { ColumnVote, describeEvidence, groupOf, type ColumnClass } from '@gatetrail/detect'
import { GatetrailError, isGatetrailError, touchLevels, type TouchLevel } from '@gatetrail/schemas'
import { errorAsJson } from '../errors.ts'
import type { CommandContext } from './context.ts'
import { readCsvRows } from './csv-rows.ts'
import { readInput } from './input-files.ts'
import { oneLine } from './tables.ts'

export type DetectColumnsOptions = {
  readonly level: TouchLevel
  /** One JSON object per column; else a line for people. */
  readonly asJson: boolean
}

type FoundColumn = { readonly column: string; readonly found: ColumnClass }

/** So much of a file is read, unless all columns are decided before. */
const sampleRowsMax = 100_000
const columnsMax = 10_000
const raggedRowsSaid = 3

/** A file that can't be read is said on stderr; the others are done. */
export async function detectColumns(
  files: readonly string[],
  { level, asJson }: DetectColumnsOptions,
  context: CommandContext,
): Promise<{ found: number; unreadable: number }> {
  let found = 0
  let unreadable = 0
  for (const file of files) {
    try {
      for (const { column, found: columnClass } of await columnsOf(file, context)) {
        if (touchLevels.indexOf(columnClass.level) < touchLevels.indexOf(level)) continue
        found++
        context.print(
          asJson ? jsonOf(file, column, columnClass) : lineOf(file, column, columnClass, context),
        )
      }
    } catch (error) {
      if (!isGatetrailError(error)) throw error
      unreadable++
      context.note(asJson ? errorAsJson(error) : `error: ${oneLine(error.message)}`)
    }
  }
  return { found, unreadable }
}

/** @throws GatetrailError INPUT_UNREADABLE */
async function columnsOf(file: string, context: CommandContext): Promise<FoundColumn[]> {
  const encoder = new TextEncoder()
  const rows = readCsvRows(readInput(file, context), file)
  const header = await rows.next()
  if (header.done === true)
    throw new GatetrailError('INPUT_UNREADABLE', `${file} is empty: its first line names columns`)
  const names = header.value.fields
  if (names.length > columnsMax) {
    const { line } = header.value
    throw new GatetrailError(
      'INPUT_UNREADABLE',
      `${file}:${line}: ${names.length} columns; at most ${columnsMax} are looked at`,
    )
  }
  const relation = file === '-' ? undefined : parse(file).name
  const siblings = names
  const votes = names.map(
    (name) => new ColumnVote({ name, siblings, ...(relation !== undefined && { relation }) }),
  )
  let ragged = 0
  let count = 0
  for await (const { line, fields } of rows) {
    if (fields.length !== names.length) {
      if (++ragged <= raggedRowsSaid)
        context.note(
          `${oneLine(file)}:${line}: ${fields.length} fields, but ${names.length} in the header: left out`,
        )
      continue
    }
    for (const [index, vote] of votes.entries())
      if (!vote.isFull) vote.add(encoder.encode(fields[index]))
    if (++count >= sampleRowsMax || votes.every((vote) => vote.isFull)) break
  }
  if (ragged > raggedRowsSaid)
    context.note(`${oneLine(file)}: ${ragged} rows in all do not fit the header`)
  return votes.flatMap((vote, index) => {
    const found = vote.decided()
    return found === undefined ? [] : [{ column: names[index]!, found }]
  })
}

function jsonOf(file: string, column: string, { entity, level }: ColumnClass): string {
  return JSON.stringify({ file, column, entity, group: groupOf(entity), level })
}

function lineOf(
  file: string,
  column: string,
  { entity, level, evidence }: ColumnClass,
  { colors }: CommandContext,
): string {
  const name = entity === groupOf(entity) ? entity : `${entity} (${groupOf(entity)})`
  return `${oneLine(file)}  ${oneLine(column)}  ${colors.bold(name)}  ${level}  ${colors.dim(describeEvidence(evidence))}`
}
