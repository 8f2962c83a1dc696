/**
 * A recorded frame in words: the name of the message, what it says in a line, and its fields. Tolerant: of a frame that is torn
 * or not kept whole, what can be read. The texts are those of the record: who shows them makes control characters visible. Pure.
 */
import { readCopyResponse } from './backend-messages.ts'
import type { RecordedFrame } from './frame-assembler.ts'
import { backendTypes, frameHeaderBytes, frontendTypes } from './frames.ts'
import { readExecute, readNamed } from './frontend-messages.ts'
import * as messages from './session-messages.ts'
import { decodeText } from './visible-text.ts'

export type MessageField = { name: string; value: string }
export type DescribedMessage = {
  /** As the documentation calls it. */
  name: string
  /** In a line. */
  summary: string
  fields: MessageField[]
}

const fieldsMax = 200
const valueCharactersMax = 400
const summaryCharactersMax = 160

/** `frame.bytes` may be the beginning of a longer frame. */
export function describeMessage(frame: RecordedFrame): DescribedMessage {
  const { direction, type, totalLength, withheld } = frame
  if (withheld) {
    const name = direction === 'to_target' ? 'Authentication answer' : 'Authentication'
    return { name, summary: `withheld: ${totalLength} bytes were not recorded`, fields: [] }
  }
  if (type === 0) return { name: 'Start-up', summary: `${totalLength} bytes`, fields: [] }
  const described = direction === 'to_target' ? ofClient(frame) : ofTarget(frame)
  const { name, summary, fields } = described ?? unknown(frame)
  return {
    name,
    summary: cut(summary.replace(/\s+/g, ' ').trim(), summaryCharactersMax),
    fields: fields.slice(0, fieldsMax).map((field) => ({
      name: cut(field.name, summaryCharactersMax),
      value: cut(field.value, valueCharactersMax),
    })),
  }
}

function ofClient({ type, bytes, totalLength }: RecordedFrame): DescribedMessage | undefined {
  switch (type) {
    case frontendTypes.query: {
      const sql = messages.querySql(bytes)
      return said('Query', sql, { text: sql })
    }
    case frontendTypes.parse: {
      const { name, sql, parameterTypes } = messages.parseOf(bytes)
      return said('Parse', sql, {
        'prepared statement': named(name),
        text: sql,
        ...(parameterTypes.length > 0 && { 'parameter types': parameterTypes.join(', ') }),
      })
    }
    case frontendTypes.bind: {
      const bind = messages.bindOf(bytes)
      if (bind === undefined) return said('Bind', 'not kept whole', {})
      const { portal, statement, parameters, resultFormats } = bind
      const binary = resultFormats.filter((format) => format === 1).length
      return {
        name: 'Bind',
        summary: `${named(statement)} with ${counted(parameters.length, 'parameter')}`,
        fields: [
          { name: 'portal', value: named(portal) },
          { name: 'prepared statement', value: named(statement) },
          ...parameters.map(({ value, format }, index) => ({
            name: `$${index + 1}`,
            value: valueText(value, format),
          })),
          { name: 'results', value: binary === 0 ? 'as text' : 'binary' },
        ],
      }
    }
    case frontendTypes.describe:
    case frontendTypes.close: {
      const name = type === frontendTypes.close ? 'Close' : 'Describe'
      const of = messages.readable(() => readNamed(bytes, 0, bytes.length))
      const what = of?.kind === 'portal' ? 'portal' : 'prepared statement'
      return said(name, `${what} ${named(of?.name ?? '')}`, { [what]: named(of?.name ?? '') })
    }
    case frontendTypes.execute: {
      const portal = messages.readable(() => readExecute(bytes, 0, bytes.length)) ?? ''
      const rowLimit = messages.rowLimitOf(bytes)
      const rows = rowLimit === 0 ? 'all rows' : `at most ${counted(rowLimit, 'row')}`
      return said('Execute', `${named(portal)}, ${rows}`, { portal: named(portal), rows })
    }
    case frontendTypes.functionCall: {
      const call = messages.callOf(bytes)
      return {
        name: 'FunctionCall',
        summary: `function ${call.functionOid}`,
        fields: call.arguments.map(({ value, format }, index) => ({
          name: `argument ${index + 1}`,
          value: valueText(value, format),
        })),
      }
    }
    case frontendTypes.copyData:
      return copyData(bytes, totalLength)
    case frontendTypes.copyFail:
      return said('CopyFail', messages.bodyText(bytes), { reason: messages.bodyText(bytes) })
    case frontendTypes.copyDone:
      return said('CopyDone', 'the end of what was copied', {})
    case frontendTypes.sync:
      return said('Sync', 'the end of a pipeline', {})
    case frontendTypes.flush:
      return said('Flush', 'asks for what is answered so far', {})
    case frontendTypes.terminate:
      return said('Terminate', 'the client leaves', {})
    default:
      return undefined
  }
}

function ofTarget({ type, bytes, totalLength }: RecordedFrame): DescribedMessage | undefined {
  switch (type) {
    case backendTypes.rowDescription: {
      const columns = messages.columnsOf(bytes) ?? []
      return {
        name: 'RowDescription',
        summary: columns.map(({ name }) => name).join(', '),
        fields: columns.map(({ name, typeOid, format }) => ({
          name,
          value: `type ${typeOid}, ${format === 0 ? 'text' : 'binary'}`,
        })),
      }
    }
    case backendTypes.dataRow: {
      const values = messages.rowValues(bytes).map((value) => valueText(value))
      return {
        name: 'DataRow',
        summary: values.join(' | '),
        fields: values.map((value, index) => ({ name: `column ${index + 1}`, value })),
      }
    }
    case backendTypes.commandComplete: {
      const tag = messages.bodyText(bytes)
      return said('CommandComplete', tag, { tag })
    }
    case backendTypes.error:
    case backendTypes.notice: {
      const fields = messages.reportFields(bytes)
      return {
        name: type === backendTypes.error ? 'ErrorResponse' : 'NoticeResponse',
        summary: `${fields.get('C') ?? ''} ${fields.get('M') ?? ''}`,
        fields: [...fields].map(([letter, value]) => ({
          name: reportNames[letter] ?? letter,
          value,
        })),
      }
    }
    case backendTypes.readyForQuery: {
      const transaction = transactions[messages.transactionOf(bytes) ?? 'unknown']
      return said('ReadyForQuery', transaction, { transaction })
    }
    case backendTypes.parameterStatus: {
      const { name, value } = messages.parameterStatusOf(bytes)
      return said('ParameterStatus', `${name} is ${value}`, { [name]: value })
    }
    case backendTypes.notification: {
      const { processId, channel, payload } = messages.notificationOf(bytes)
      return said('NotificationResponse', channel, { channel, payload, process: `${processId}` })
    }
    case backendTypes.parameterDescription: {
      const types = messages.parameterTypesOf(bytes).join(', ')
      return said('ParameterDescription', types, { types })
    }
    case backendTypes.copyIn:
    case backendTypes.copyOut:
    case backendTypes.copyBoth: {
      const name = copyNames[type] ?? 'CopyResponse'
      const copy = messages.readable(() => readCopyResponse(bytes, 0, bytes.length))
      const format = copy?.binary === true ? 'binary' : 'text'
      return said(name, `${format}, ${counted(copy?.columns ?? 0, 'column')}`, { format })
    }
    case backendTypes.copyData:
      return copyData(bytes, totalLength)
    case backendTypes.functionCallResponse: {
      const value = valueText(messages.callResultOf(bytes))
      return said('FunctionCallResponse', value, { value })
    }
    default: {
      const plain = plainNames[type]
      return plain === undefined ? undefined : said(plain[0], plain[1], {})
    }
  }
}

const plainNames: Readonly<Record<number, readonly [string, string]>> = {
  [backendTypes.parseComplete]: ['ParseComplete', 'the statement is prepared'],
  [backendTypes.bindComplete]: ['BindComplete', 'the portal is open'],
  [backendTypes.closeComplete]: ['CloseComplete', 'closed'],
  [backendTypes.noData]: ['NoData', 'it returns no rows'],
  [backendTypes.emptyQuery]: ['EmptyQueryResponse', 'there was nothing to run'],
  [backendTypes.portalSuspended]: ['PortalSuspended', 'as many rows as were asked for'],
  [backendTypes.copyDone]: ['CopyDone', 'the end of what was copied'],
  0x4b: ['BackendKeyData', 'with what a cancel is asked for'],
  0x52: ['Authentication', ''],
  0x76: ['NegotiateProtocolVersion', ''],
}

const copyNames: Readonly<Record<number, string>> = {
  [backendTypes.copyIn]: 'CopyInResponse',
  [backendTypes.copyOut]: 'CopyOutResponse',
  [backendTypes.copyBoth]: 'CopyBothResponse',
}

const transactions = {
  I: 'idle',
  T: 'in a transaction',
  E: 'in a transaction that has failed',
  unknown: 'unknown',
} as const

/** PostgreSQL documentation, "Error and Notice Message Fields". */
const reportNames: Readonly<Record<string, string>> = {
  S: 'severity', V: 'severity, not translated', C: 'SQLSTATE', M: 'message', D: 'detail', H: 'hint', P: 'position',
  p: 'internal position', q: 'internal query', W: 'where', s: 'schema', t: 'table', c: 'column', d: 'type', n: 'constraint',
  F: 'file', L: 'line', R: 'routine',
} // prettier-ignore

function copyData(bytes: Uint8Array, totalLength: number): DescribedMessage {
  const text = decodeText(bytes.subarray(frameHeaderBytes))
  return {
    name: 'CopyData',
    summary: text,
    fields: [
      { name: 'data', value: text },
      { name: 'length', value: `${totalLength - frameHeaderBytes} bytes` },
    ],
  }
}

function unknown({ type, totalLength }: RecordedFrame): DescribedMessage {
  const letter = type > 32 && type < 127 ? String.fromCharCode(type) : `0x${type.toString(16)}`
  return { name: `Message ${letter}`, summary: `${totalLength} bytes`, fields: [] }
}

function said(
  name: string,
  summary: string,
  fields: Readonly<Record<string, string>>,
): DescribedMessage {
  return {
    name,
    summary,
    fields: Object.entries(fields).map(([field, value]) => ({ name: field, value })),
  }
}

function valueText({ bytes, cut: missing }: messages.RecordedValue, format = 0): string {
  if (bytes === undefined) return 'NULL'
  const text =
    format === 0
      ? decodeText(bytes.subarray(0, valueCharactersMax * 4))
      : `\\x${Array.from(bytes.subarray(0, valueCharactersMax / 2), (byte) => byte.toString(16).padStart(2, '0')).join('')}`
  return missing === 0 ? text : `${text}…`
}

function named(name: string): string {
  return name === '' ? 'unnamed' : name
}

function counted(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`
}

function cut(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`
}
