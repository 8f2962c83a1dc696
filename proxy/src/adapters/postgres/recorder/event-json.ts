/** The bodies of the events that a session writes most, built by hand: zod and JSON.stringify of objects cost too much here. */
import { limits, type SqlFacts, type Verdict } from '@gatetrail/schemas'
import type { TouchCounts } from '../masking/touch-counts.ts'
import type { StatementRun } from './statement-run.ts'

export type DecidedPath = 'simple' | 'extended' | 'parse' | 'function_call'

export type DecidedEvent = {
  description: string
  path: DecidedPath
  verdict: Verdict
  policies: readonly string[]
  policySet: string
  code?: string
  reason?: string
  approvalGroups?: readonly string[]
}

export function describedJson(
  description: string,
  text: string,
  textBytes: number,
  facts: SqlFacts,
): string {
  return JSON.stringify({ description, text: cutText(text), textBytes, facts })
}

/** All of a statement.decided but its text: the same for every repetition of a statement. Ends without the brace. */
export function decidedJsonOpen(event: DecidedEvent): string {
  return JSON.stringify(event).slice(0, -1)
}

export function completedJson(run: StatementRun, durationMicros: number): string {
  let json = `{"statement":${run.seq},"startedMicros":${microsText(run.startedMicros)},"durationMicros":${durationMicros},"rows":${run.rows},"bytes":${run.bytes}`
  if (run.command !== '') json += `,"command":${jsonText(run.command)}`
  if (run.sqlstate !== '') {
    const message = cutText(run.message)
    json += `,"error":${JSON.stringify({ sqlstate: run.sqlstate, message })}`
  }
  return `${json}}`
}

let lastSecond = -1
let lastSecondText = ''

/** A wall clock in digits: numbers of this size are slow to print, and the seconds stay the same for long. */
function microsText(micros: number): string {
  const second = Math.floor(micros / 1_000_000)
  if (second === 0) return String(micros)
  if (second !== lastSecond) {
    lastSecond = second
    lastSecondText = String(second)
  }
  return lastSecondText + String(micros - second * 1_000_000 + 1_000_000).slice(1)
}

const needsEscape = /[^ !#-[\]-~]/

/** A JSON string; texts of plain ASCII need no more than quotes. */
export function jsonText(text: string): string {
  return needsEscape.test(text) ? JSON.stringify(text) : `"${text}"`
}

/** What a statement touched, between its pii.touched and the fingerprints of it. */
export type WaitingTouches = {
  touches: TouchCounts
  /** seq of the pii.touched. */
  touched: number
  startedMicros: number
}

/** Undefined if there are none. */
export function fingerprintedJson(
  { touches: counted, touched, startedMicros }: WaitingTouches,
  fingerprintKey: string,
): string | undefined {
  const touches = counted.fingerprinted.flatMap(({ entity, fingerprints }, ordinal) =>
    fingerprints === undefined ? [] : [{ ordinal, entity, fingerprints }],
  )
  if (touches.length === 0) return undefined
  return JSON.stringify({ touched, startedMicros, fingerprintKey, touches })
}

/** At most 64 KiB of UTF-8, never half a character. */
export function cutText(text: string): string {
  const { eventTextBytesMax } = limits
  if (text.length * 3 <= eventTextBytesMax) return text
  const bytes = Buffer.from(text)
  if (bytes.length <= eventTextBytesMax) return text
  let end = eventTextBytesMax
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
