/** A question as a sentence, and as the address under which it is asked again. Pure. */
import type { ExportedQuestion } from '@gatetrail/replay-api'
import { unreachable } from '@gatetrail/schemas'
import type { Range } from '../store/range.ts'

export type Asked = Readonly<Record<string, string | number | Date | undefined>>

/** What only says how the answer is given. */
const noPart: ReadonlySet<string> = new Set(['format', 'bom', 'of', 'cursor', 'limit'])
const ofTime: ReadonlySet<string> = new Set([
  'on',
  'tz',
  'from',
  'to',
  'since',
  'until',
  'by',
  'group',
])
const words: Readonly<Record<string, string>> = {
  provider: 'the provider of the run', run: 'the run', attempt: 'the attempt', onBehalfOf: 'on behalf of',
} // prettier-ignore

export function parametersOf(asked: Asked): Record<string, string> {
  const parameters: Record<string, string> = {}
  for (const [name, value] of Object.entries(asked)) {
    if (value === undefined || noPart.has(name)) continue
    parameters[name] = value instanceof Date ? value.toISOString() : String(value)
  }
  return parameters
}

/** With the instants that were looked at: asked again tomorrow it is the same question. */
export function addressOfQuestion(of: ExportedQuestion, asked: Asked, range: Range): string {
  const query = new URLSearchParams({ ...parametersOf(asked), ...instantsOf(of, asked, range) })
  return `/api/${of}?${query.toString()}`
}

function instantsOf(of: ExportedQuestion, asked: Asked, range: Range): Record<string, string> {
  if (asked['on'] !== undefined) return {}
  const [from, to] = [range.from.toISOString(), range.to.toISOString()]
  switch (of) {
    case 'pii':
    case 'touches':
      return { from, to }
    case 'sessions':
      return { to }
    case 'statements':
      return { until: to }
    default:
      return unreachable(of)
  }
}

export function sentenceOf(of: ExportedQuestion, asked: Asked, range: Range): string {
  const parameters = parametersOf(asked)
  const filters = Object.entries(parameters)
    .filter(([name]) => !ofTime.has(name))
    .map(([name, value]) => `${words[name] ?? name} is ${value === '' ? 'none' : value}`)
  const where = filters.length === 0 ? '' : `, where ${filters.join(' and ')}`
  return `${subjectOf(of, parameters)} ${timeOf(parameters, range)}${where}`
}

function subjectOf(
  of: ExportedQuestion,
  { by = 'run', group = 'run' }: Record<string, string>,
): string {
  switch (of) {
    case 'pii':
      return `Which ${group}s touched personal data`
    case 'touches':
      return `Personal data touched, by ${by},`
    case 'sessions':
      return 'Sessions'
    case 'statements':
      return 'Statements'
    default:
      return unreachable(of)
  }
}

function timeOf({ on, tz }: Record<string, string>, { from, to, defaulted }: Range): string {
  if (on !== undefined) return `on ${on} (${tz ?? 'UTC'})`
  const last = defaulted ? ' (no beginning was given: the last 366 days)' : ''
  if (from.getTime() === 0) return `until ${to.toISOString()}`
  return `from ${from.toISOString()} to ${to.toISOString()}${last}`
}
