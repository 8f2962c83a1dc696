/**
 * Masks an ErrorResponse or NoticeResponse of the target in place, same length: its texts quote values. PostgreSQL
 * documentation, "Error and Notice Message Fields" and appendix A.
 */
import { findSpans, maskSpan, maskWhole } from '@gatetrail/detect'
import { eachErrorField } from '@gatetrail/protocols'
import type { TouchCounts } from './touch-counts.ts'

const letterOf = (letter: string): number => letter.charCodeAt(0)
const message = letterOf('M')
const detail = letterOf('D')
const where = letterOf('W')
const internalQuery = letterOf('q')
const sqlstate = letterOf('C')
const severity = letterOf('V')
/** Positions, and file, line and routine of the target's own source: RAISE can set all other fields. */
const placesInSource = new Set([...'PpFLR'].map(letterOf))

/** Their messages quote names and syntax, not values of rows. */
const classesWithoutValues = new Set(['42', '3D', '3F', '08', '25', '26', '34', '57', '53'])

/** RAISE in PL/pgSQL, as NOTICE, WARNING and EXCEPTION: the text is the function's own, unless it names another state. */
const raisedClasses = new Set(['00', '01', 'P0'])

export type ErrorText = { sqlstate: string; message: string; fatal: boolean }

/** `reaches`: the statement could reach tagged data, so texts that quote values are masked whole. */
export function maskErrorText(
  bytes: Buffer,
  start: number,
  end: number,
  reaches: boolean,
  touches: TouchCounts | undefined,
): ErrorText {
  const found: ErrorText = { sqlstate: 'XX000', message: '', fatal: false }
  let raised = false
  eachErrorField(bytes, start, end, (letter, from, to) => {
    // With a context it comes from inside a function, which can raise any state with any text.
    if (letter === where) raised = true
    if (letter === sqlstate) found.sqlstate = bytes.toString('latin1', from, Math.min(to, from + 5))
    if (letter === severity) {
      const text = bytes.toString('latin1', from, to)
      found.fatal = text === 'FATAL' || text === 'PANIC'
    }
  })
  if (raisedClasses.has(found.sqlstate.slice(0, 2))) raised = true
  const quotesValues = !classesWithoutValues.has(found.sqlstate.slice(0, 2))
  eachErrorField(bytes, start, end, (letter, from, to) => {
    if (letter === sqlstate || letter === severity) return
    if (reaches && (letter === detail || letter === where || letter === internalQuery)) {
      maskWhole(bytes, from, to)
      touches?.add('result.error', 'UNKNOWN', 'masked', 'possible', 1)
    } else if (reaches && raised && !placesInSource.has(letter)) {
      maskWhole(bytes, from, to)
    } else if (reaches && letter === message && quotesValues) maskQuoted(bytes, from, to)
    for (const span of findSpans(bytes, from, to)) {
      maskSpan(bytes, span)
      touches?.add('result.error', span.entity, 'masked', span.level, 1)
    }
    if (letter === message) found.message = bytes.toString('utf8', from, to)
  })
  return found
}

const quoteBytes = [0x22, 0x27]

/** All from the first quote to the last: a value may hold quotes itself. Of other languages (« », „ “): from the first byte on. */
function maskQuoted(bytes: Buffer, start: number, end: number): void {
  for (const quote of quoteBytes) {
    const first = bytes.indexOf(quote, start)
    if (first === -1 || first >= end) continue
    const last = bytes.lastIndexOf(quote, end - 1)
    maskWhole(bytes, first + 1, last === first ? end : last)
  }
  for (let at = start; at < end; at++) {
    if (bytes[at]! > 127) {
      maskWhole(bytes, at, end)
      return
    }
  }
}
