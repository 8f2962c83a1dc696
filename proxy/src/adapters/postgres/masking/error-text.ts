/**
 * Masks an ErrorResponse or NoticeResponse of the target in place, same length: its texts quote values. PostgreSQL
 * documentation, "Error and Notice Message Fields" and appendix A.
 */
import { maskSpan, maskWhole } from '@gatetrail/detect'
import { eachErrorField } from '@gatetrail/protocols'
import type { Detection } from '../../../detection/detection.ts'
import type { TouchCounts } from './touch-counts.ts'

const letterOf = (letter: string): number => letter.charCodeAt(0)
const message = letterOf('M')
const detail = letterOf('D')
const where = letterOf('W')
const internalQuery = letterOf('q')
const sqlstate = letterOf('C')
const severity = letterOf('V')
const severityShown = letterOf('S')
const position = letterOf('P')
const routine = letterOf('R')
const hint = letterOf('H')
/** Positions, and file, line and routine of the target's own source: RAISE can set all other fields. */
const placesInSource = new Set([...'PpFLR'].map(letterOf))

/** Their messages quote nothing that came from rows. */
const classesWithoutValues = new Set(['25', '57', '53'])

/** Of statements and cursors that are not there. Functions take their names from values: cursor_to_xml(ssn, …). */
const classesOfHandles = new Set(['26', '34'])
/** The target's own routines that take such a name from a message or from the statement's text. */
const routinesOfHandles = new Set(
  `exec_bind_message exec_describe_portal_message exec_describe_statement_message
  exec_execute_message FetchPreparedStatement PerformPortalFetch`.split(/\s+/),
)

/**
 * Their messages quote names. Of the statement's text, if they tell the position in it; without one, of a value that was
 * taken for a name while the statement ran: 'Smith'::regclass, current_setting(name).
 */
const classesOfNames = new Set(['42', '3D', '3F'])

/**
 * No such column or function: their messages name it without quotes. Without a position the name is not of the statement's
 * own text, but of a text that a function ran: query_to_xml('select ' || name).
 */
const statesOfBareNames = new Set(['42703', '42725', '42883'])

/** No such table, type, role or schema: what a value that was taken for a name is answered with. */
const statesOfNames = new Set(['42P01', '42704', '3F000', '3D000'])

/** RAISE in PL/pgSQL, as NOTICE, WARNING and EXCEPTION: the text is the function's own, unless it names another state. */
const raisedClasses = new Set(['00', '01', 'P0'])

export type ErrorText = {
  sqlstate: string
  /** As it is recorded. */
  message: string
  fatal: boolean
  /** What the client is shown, if that is not what is recorded. */
  shown: Buffer | undefined
}

/** What policy reveals to the client; the record shows none of it. */
export type Revealed = {
  /** Every tagged column that the statement could reach. */
  readonly tags: boolean
  /** Every column that it reads or fills of which is known what it holds. */
  readonly known: boolean
  entity(entity: string): boolean
}

/**
 * `reaches`: the statement could reach tagged data, so texts that quote values are masked whole. `known`: names of columns without a
 * tag of which is known what they hold: of their values only what the target itself quotes is masked. `revealed` left out: nothing.
 */
export function maskErrorText(
  detection: Detection,
  bytes: Buffer,
  start: number,
  end: number,
  reaches: boolean,
  touches: TouchCounts | undefined,
  revealed: Revealed = nothing,
  known: ReadonlySet<string> = noNames,
): ErrorText {
  const found: ErrorText = { sqlstate: 'XX000', message: '', fatal: false, shown: undefined }
  let raised = false
  let positioned = false
  let handled = false
  let differs = false
  eachErrorField(bytes, start, end, (letter, from, to) => {
    // With a context it comes from inside a function, which can raise any state with any text.
    if (letter === where) raised = true
    if (letter === position) positioned = true
    if (letter === routine) handled = routinesOfHandles.has(bytes.toString('latin1', from, to))
    if (letter === sqlstate) found.sqlstate = bytes.toString('latin1', from, Math.min(to, from + 5))
    if (letter === severity) {
      const text = bytes.toString('latin1', from, to)
      found.fatal = text === 'FATAL' || text === 'PANIC'
    }
  })
  if (raisedClasses.has(found.sqlstate.slice(0, 2))) raised = true
  const errorClass = found.sqlstate.slice(0, 2)
  const quotesValues =
    !classesWithoutValues.has(errorClass) &&
    !(classesOfNames.has(errorClass) && positioned) &&
    !(classesOfHandles.has(errorClass) && handled)
  const named = !positioned && statesOfBareNames.has(found.sqlstate)
  const shown = Buffer.from(bytes.subarray(start, end))
  eachErrorField(bytes, start, end, (letter, from, to) => {
    if (letter === sqlstate || letter === severity || letter === severityShown) return
    if (reaches || known.size > 0) {
      if (reaches) maskQuotes(from, to, letter)
      else maskKnown(from, to, letter)
      const isShown = reaches ? revealed.tags : revealed.known
      if (!isShown) bytes.copy(shown, from - start, from, to)
      else if (bytes.compare(shown, from - start, to - start, from, to) !== 0) differs = true
      if (reaches && (letter === detail || letter === where || letter === internalQuery)) {
        const outcome = revealed.tags ? 'revealed' : 'masked'
        touches?.add('result.error', 'UNKNOWN', outcome, 'possible', 1)
      }
    }
    for (const span of detection.find(shown, from - start, to - start)) {
      const { entity, level } = span
      const isShown = revealed.entity(entity)
      const outcome = isShown ? 'revealed' : 'masked'
      touches?.add('result.error', entity, outcome, level, 1, shown, span.start, span.end)
      if (isShown) differs = true
      else maskSpan(shown, span)
    }
    for (const span of detection.find(bytes, from, to)) maskSpan(bytes, span)
    if (letter === message) found.message = bytes.toString('utf8', from, to)
  })
  if (differs) found.shown = shown
  return found

  /** Where this field may quote tagged data. */
  function maskQuotes(from: number, to: number, letter: number): void {
    if (letter === detail || letter === where || letter === internalQuery) {
      maskWhole(bytes, from, to)
    } else if (raised && !placesInSource.has(letter)) maskWhole(bytes, from, to)
    else if (named && (letter === message || letter === hint)) maskWhole(bytes, from, to)
    else if (letter === message && quotesValues) maskQuoted(bytes, from, to)
  }

  /** What the target itself quotes of values: the row that fails, the key that is there already, the text that is no number. */
  function maskKnown(from: number, to: number, letter: number): void {
    if (letter === detail) {
      if (!tellsOtherKey(bytes.toString('utf8', from, to), known)) maskWhole(bytes, from, to)
    } else if (letter === where || letter === internalQuery) {
      // Of invalid text for JSON the context quotes a line, without quotes.
      if (errorClass === dataException) maskWhole(bytes, from, to)
      else maskQuoted(bytes, from, to)
    } else if (letter === message && quotesValues) {
      if (named) maskWhole(bytes, from, to)
      else if (errorClass === dataException || statesOfNames.has(found.sqlstate)) {
        maskQuoted(bytes, from, to)
      }
    }
  }
}

/** Invalid text for a type, division by zero, a date out of range. */
const dataException = '22'

/** `Key (id)=(7) already exists.`: of columns that are no secret. In other languages of the target the brackets are the same. */
function tellsOtherKey(text: string, known: ReadonlySet<string>): boolean {
  const columns = /^[^(]*\(([^()]*)\)=\(/.exec(text)?.[1]
  return columns?.split(', ').every((name) => !known.has(name.replaceAll('"', ''))) === true
}

const nothing: Revealed = { tags: false, known: false, entity: () => false }
const noNames: ReadonlySet<string> = new Set()

/** Masks what is found in a part of a message of the target. What is shown to the client in its place, if that is another. */
export function maskFound(
  detection: Detection,
  bytes: Buffer,
  start: number,
  end: number,
  from: number,
  revealed: Revealed,
): Buffer | undefined {
  let shown: Buffer | undefined
  const spans = detection.find(bytes, from, end)
  for (const span of spans) if (!revealed.entity(span.entity)) maskSpan(bytes, span)
  for (const span of spans) {
    if (!revealed.entity(span.entity)) continue
    shown ??= Buffer.from(bytes.subarray(start, end))
    maskSpan(bytes, span)
  }
  return shown
}

const quoteBytes = [0x22, 0x27]

/** Words with a digit in them too: numbers stand without quotes (index 5 out of range, 0xe2 in encoding). */
function maskNumbers(bytes: Buffer, start: number, end: number): void {
  let from = start
  let digit = false
  for (let at = start; at <= end; at++) {
    const byte = at < end ? bytes[at]! : 0
    if (byte >= 0x30 && byte <= 0x39) digit = true
    else if (!((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a)) {
      if (digit) maskWhole(bytes, from, at)
      from = at + 1
      digit = false
    }
  }
}

/** All from the first quote to the last: a value may hold quotes itself. Of other languages (« », „ “): from the first byte on. */
function maskQuoted(bytes: Buffer, start: number, end: number): void {
  for (const quote of quoteBytes) {
    const first = bytes.indexOf(quote, start)
    if (first === -1 || first >= end) continue
    const last = bytes.lastIndexOf(quote, end - 1)
    maskWhole(bytes, first + 1, last === first ? end : last)
  }
  maskNumbers(bytes, start, end)
  for (let at = start; at < end; at++) {
    if (bytes[at]! > 127) {
      maskWhole(bytes, at, end)
      return
    }
  }
}
