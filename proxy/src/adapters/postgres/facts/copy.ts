/** COPY: the direction, the format, and where the bytes go. Pure. */
import { childOf, constantOf, flagOf, listOf, namesOf, ofType, textOf, type Node } from './node.ts'

export type CopyDescription = {
  /** `schema.relation`; undefined for COPY (query). */
  relation?: string
  /** As listed; undefined: all, in the order of the table. */
  columns?: string[]
  query: boolean
  direction: 'in' | 'out'
  format: 'text' | 'csv' | 'binary'
  delimiter?: string
  nullText?: string
  header?: boolean
  quote?: string
  escape?: string
  /** Another encoding than the session's. */
  encoding?: string
  /** An option that this release doesn't know: what the lines look like is uncertain. */
  unknownOption: boolean
  /** The bytes go to or come from a program or file of the server and never cross the connection. */
  toProgramOrFile: boolean
}

export function describeCopy(node: Node, relation: string | undefined): CopyDescription {
  const copy: CopyDescription = {
    query: childOf(node, 'query') !== undefined,
    direction: flagOf(node, 'is_from') ? 'in' : 'out',
    format: 'text',
    unknownOption: false,
    toProgramOrFile: flagOf(node, 'is_program') || textOf(node, 'filename') !== '',
  }
  if (relation !== undefined) copy.relation = relation
  const columns = namesOf(listOf(node, 'attlist'))
  if (columns.length > 0) copy.columns = columns
  for (const option of listOf(node, 'options')) readOption(copy, ofType(option, 'DefElem') ?? {})
  return copy
}

function readOption(copy: CopyDescription, option: Node): void {
  const value = constantOf(option['arg'])
  switch (textOf(option, 'defname')) {
    case 'format':
      if (value === 'text' || value === 'csv' || value === 'binary') copy.format = value
      else copy.unknownOption = true
      return
    case 'delimiter':
      copy.delimiter = value ?? ''
      return
    case 'null':
      copy.nullText = value ?? ''
      return
    case 'header':
      copy.header = value === undefined || !/^(0|off|false|no)$/i.test(value)
      return
    case 'quote':
      copy.quote = value ?? ''
      return
    case 'escape':
      copy.escape = value ?? ''
      return
    case 'encoding':
      copy.encoding = value ?? ''
      return
    case 'freeze':
    case 'default':
    case 'force_quote':
    case 'force_not_null':
    case 'force_null':
    case 'on_error':
    case 'reject_limit':
    case 'log_verbosity':
      return
    default:
      copy.unknownOption = true
  }
}
