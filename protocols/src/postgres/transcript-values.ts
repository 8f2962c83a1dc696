/** Values of rows, parameters and COPY fields as a transcript shows them: cut where they are long. Used by session-transcript.ts. Pure. */
import { unreachable } from '@gatetrail/schemas'
import type { ColumnDescription } from './backend-messages.ts'
import type { TableColumn } from './render-table.ts'
import type { RecordedValue } from './session-messages.ts'
import type { StatementStep } from './session-steps.ts'
import { readsBinary } from './values-binary.ts'
import { hexText } from './values-hex.ts'
import { valueText } from './values.ts'
import { decodeText, visibleLine } from './visible-text.ts'

export type Column = TableColumn & { format: 'text' | 'binary' | 'copy_binary' }

const valueBytesMax = 4_096
const byteaType = 17
const textType = 25
/** Types of which the beginning can be read by itself. */
const textTypes: ReadonlySet<number> = new Set([19, textType, 114, 142, 1042, 1043])

export function columnOf({ name, typeOid, format }: ColumnDescription): Column {
  return { name, typeOid, format: format === 1 ? 'binary' : 'text' }
}

/** Columns of an Execute: described by portal or by statement, then in the formats that Bind asked for. */
export function executeColumns(step: StatementStep): Column[] {
  if (step.kind !== 'execute') return []
  const { portal } = step
  if (portal?.columns !== undefined) return portal.columns.map(columnOf)
  const formats = portal?.bind.resultFormats ?? []
  return (portal?.prepared?.columns ?? []).map((column, index) =>
    columnOf({ ...column, format: formatAt(formats, index) }),
  )
}

/** Nobody asked for the description: names and types are not known. */
export function unknownColumns(step: StatementStep, values: readonly RecordedValue[]): Column[] {
  const formats = step.kind === 'execute' ? (step.portal?.bind.resultFormats ?? []) : []
  return values.map((_, index) => {
    const binary = formatAt(formats, index) === 1
    return {
      name: `column ${index + 1}`,
      typeOid: binary ? byteaType : textType,
      format: binary ? 'binary' : 'text',
    }
  })
}

function formatAt(formats: readonly number[], index: number): number {
  return formats.length === 1 ? formats[0]! : (formats[index] ?? 0)
}

/** The text of a value that is not NULL. It may hold control characters. */
export function shownValue(column: Column, bytes: Uint8Array, cutBefore: number): string {
  const typeOid = column.typeOid ?? textType
  const end = bytes.length > valueBytesMax ? characterStart(bytes, valueBytesMax) : bytes.length
  const beginning = bytes.subarray(0, end)
  const missing = bytes.length - end + cutBefore
  const note = missing === 0 ? '' : ` … (${missing} more bytes)`
  switch (column.format) {
    case 'text':
      return decodeText(beginning) + note
    case 'copy_binary':
      return (readsAsText(beginning) ? decodeText(beginning) : hexText(beginning)) + note
    case 'binary':
      if (missing === 0) return valueText(typeOid, 'binary', bytes)
      return (textTypes.has(typeOid) ? decodeText(beginning) : hexText(beginning)) + note
    default:
      return unreachable(column.format)
  }
}

/** At most `at`, and not within a character. */
function characterStart(bytes: Uint8Array, at: number): number {
  let start = at
  while (start > at - 4 && (bytes[start]! & 0xc0) === 0x80) start--
  return start
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 without control characters: the types of a binary COPY are not on the wire. */
function readsAsText(bytes: Uint8Array): boolean {
  try {
    return !/[\p{Cc}\p{Cn}\p{Co}\p{Cs}]/u.test(strictUtf8.decode(bytes).replace(/[\t\r\n]/g, ''))
  } catch {
    return false
  }
}

/** Columns whose binary values can't be read, in sentences. */
export function hexNotes(columns: readonly Column[]): string[] {
  const notes = columns.flatMap(({ name, typeOid, format }) =>
    format === 'binary' && typeOid !== undefined && !readsBinary(typeOid)
      ? [`${name}: only the target knows its type (${typeOid}), its bytes are shown as hex.`]
      : [],
  )
  const rest = notes.length - hexNotesMax
  return rest > 0 ? [...notes.slice(0, hexNotesMax), `The same goes for ${rest} more.`] : notes
}

const hexNotesMax = 5
const parametersMax = 100

/** `$1 = 'x'` for each value of a Bind, or argument of a FunctionCall. */
export function parameterTexts(step: StatementStep): string[] {
  const values =
    step.kind === 'execute'
      ? (step.portal?.bind.parameters ?? [])
      : step.kind === 'function_call'
        ? step.call.arguments
        : []
  const types = step.kind === 'execute' ? (step.portal?.prepared?.parameterTypes ?? []) : []
  const shown = values.slice(0, parametersMax).map(({ value, format }, index) => {
    if (value.bytes === undefined) return `$${index + 1} = NULL`
    const column: Column = {
      name: '',
      typeOid: types[index] ?? 0,
      format: format === 1 ? 'binary' : 'text',
    }
    const text = visibleLine(shownValue(column, value.bytes, value.cut)).text
    return `$${index + 1} = '${text.replaceAll("'", "''")}'`
  })
  const rest = values.length - parametersMax
  return rest > 0 ? [...shown, `and ${rest} more`] : shown
}

/** A column of a COPY, which carries no types. */
export function copyColumn(name: string | undefined, index: number, binary: boolean): Column {
  return {
    name: name ?? `column ${index + 1}`,
    typeOid: undefined,
    format: binary ? 'copy_binary' : 'text',
  }
}
