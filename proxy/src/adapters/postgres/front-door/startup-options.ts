/**
 * What a client may set at start-up: a list of names, taken into a new message field by field. The text of `options` is
 * parsed into the same list and never passed on: what we did not understand, the target must not get to read. Pure.
 */
import { GatetrailError } from '@gatetrail/schemas'

/** By PostgreSQL's spelling in lower case, since names of settings have no case. */
const allowed: ReadonlyMap<string, string> = new Map(
  [
    'application_name',
    'client_encoding',
    'DateStyle',
    'TimeZone',
    'IntervalStyle',
    'search_path',
    'extra_float_digits',
    'statement_timeout',
    'lock_timeout',
    'idle_in_transaction_session_timeout',
    'idle_session_timeout',
    'default_transaction_isolation',
    'default_transaction_read_only',
    'default_transaction_deferrable',
    'geqo',
    'jit',
    'client_min_messages',
    'synchronous_commit',
  ].map((name) => [name.toLowerCase(), name]),
)

/**
 * Encodings in which the bytes of ASCII mean ASCII, at every place: in the others (SJIS, BIG5, GBK, …) the second byte of
 * a character may look like a letter, and detection would read what is not there.
 */
const encodings = new Set(
  ['utf8', 'unicode', 'sqlascii', 'latin1', 'latin9', 'iso88591', 'iso885915', 'win1252'].concat([
    'windows1252',
  ]),
)

const valueBytesMax = 1024
const optionsMax = 64

/**
 * The settings that go to the target, by their proper names. Those of `options` first, so that a setting of its own wins,
 * as in PostgreSQL.
 * @throws GatetrailError OPTION_REFUSED (naming the option), FEATURE_UNSUPPORTED (`replication`)
 */
export function acceptStartupOptions(
  parameters: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const accepted = new Map<string, string>()
  for (const [name, value] of parseOptionsText(parameters.get('options') ?? '')) {
    accept(accepted, name, value)
  }
  for (const [name, value] of parameters) {
    if (name === 'user' || name === 'database' || name === 'options' || name.startsWith('_pq_.'))
      continue
    if (name === 'replication') {
      // `replication=false` asks for nothing.
      if (/^(false|off|no|0)$/i.test(value)) continue
      throw new GatetrailError('FEATURE_UNSUPPORTED', 'replication connections are not supported', {
        hint: 'Connect without the replication parameter.',
      })
    }
    accept(accepted, name, value)
  }
  return accepted
}

function accept(accepted: Map<string, string>, name: string, value: string): void {
  const proper = allowed.get(name.toLowerCase())
  if (proper === undefined) {
    throw refused(name, 'cannot be set at start-up', 'Leave it out, or set it with SET.')
  }
  // oxlint-disable-next-line no-control-regex
  if (Buffer.byteLength(value) > valueBytesMax || /[\x00-\x1f\x7f]/.test(value)) {
    throw refused(name, 'has a value that is too long or holds control characters', 'Shorten it.')
  }
  if (
    proper === 'client_encoding' &&
    !encodings.has(value.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
  ) {
    throw refused(name, 'has an encoding that cannot be inspected', 'Use client_encoding=UTF8.')
  }
  accepted.set(proper, value)
}

/**
 * `-c name=value`, `-cname=value` and `--name=value`, separated by blanks, `\` before a character that is meant as it
 * is: as the server's own `pg_split_opts`.
 * @throws GatetrailError OPTION_REFUSED
 */
export function parseOptionsText(text: string): [name: string, value: string][] {
  const words = splitWords(text)
  const settings: [string, string][] = []
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!
    let setting: string
    if (word === '-c') {
      index++
      setting = words[index] ?? ''
    } else if (word.startsWith('-c')) setting = word.slice(2)
    else if (word.startsWith('--')) setting = word.slice(2)
    else throw refused('options', `has a switch that is not -c: ${shown(word)}`, optionsHint)
    const equals = setting.indexOf('=')
    if (equals < 1) {
      throw refused('options', `has a -c without name=value: ${shown(setting)}`, optionsHint)
    }
    // As the server does: in names on a command line - stands for _.
    settings.push([setting.slice(0, equals).replaceAll('-', '_'), setting.slice(equals + 1)])
    if (settings.length > optionsMax) throw refused('options', 'sets too much', optionsHint)
  }
  return settings
}

const optionsHint = "Write options as '-c name=value -c name=value'."

function splitWords(text: string): string[] {
  const words: string[] = []
  let word: string | undefined
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!
    if (/[ \t\n\v\f\r]/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (character === '\\' && index + 1 < text.length) {
      index++
      word = (word ?? '') + text[index]!
    } else word = (word ?? '') + character
  }
  if (word !== undefined) words.push(word)
  return words
}

function refused(name: string, why: string, hint: string): GatetrailError {
  return new GatetrailError('OPTION_REFUSED', `the start-up option ${shown(name)} ${why}`, { hint })
}

/** What a stranger typed, fit for a message and a log line. */
function shown(text: string): string {
  const short = text.length > 64 ? `${text.slice(0, 64)}…` : text
  // oxlint-disable-next-line no-control-regex
  return `"${short.replaceAll(/[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g, '?')}"`
}
