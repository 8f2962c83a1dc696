/**
 * Which statements of a session stand in one transaction: by what ReadyForQuery said after them, and within a pipeline, where
 * nothing was said in between, by their command tags. Pure.
 */
import type { TransactionStatus } from '@gatetrail/protocols'

export type TransactionOutcome = 'committed' | 'rolled_back' | 'prepared'

export type TransactionPlace = {
  /** seq of the statement that began it; null if that one is not among these. */
  began: number | null
  place: 'begin' | 'inside' | 'end'
  /** It had failed before this statement, or failed with it: nothing is left but to roll back. */
  failed: boolean
  /** Names of the savepoints that were open, the outermost first. */
  savepoints: string[]
  /** null if its end is not among these. */
  outcome: TransactionOutcome | null
}

export type BracketedStatement = {
  seq: number
  text: string
  command: string | null
  failed: boolean
}

/** A ReadyForQuery: seq of its chunk. */
export type Ready = { seq: number; status: TransactionStatus }

const savepointsMax = 64

/**
 * One place per statement, or null where it stands by itself. `before`: the session's state before the first of them.
 * `ended`: no statement follows, and the session has ended.
 */
export function transactionsOf(
  statements: readonly BracketedStatement[],
  readies: readonly Ready[],
  before: TransactionStatus,
  ended: boolean,
): (TransactionPlace | null)[] {
  const places: (TransactionPlace | null)[] = []
  let status = before
  let began: number | null = null
  let open: TransactionPlace[] = []
  let savepoints: string[] = []
  let at = 0
  const close = (outcome: TransactionOutcome | null): void => {
    for (const place of open) place.outcome = outcome
    open = []
    savepoints = []
    began = null
  }
  statements.forEach((statement, index) => {
    const next = statements[index + 1]?.seq ?? Infinity
    let after: TransactionStatus = statusAfter(status, statement)
    for (; at < readies.length && readies[at]!.seq < next; at++) {
      if (readies[at]!.seq > statement.seq) after = readies[at]!.status
    }
    if (status === 'I' && after === 'I') {
      places.push(null)
      return
    }
    const begins = status === 'I'
    const ends = after === 'I' || endsOne(statement)
    if (begins) began = statement.seq
    const held = savepointsAfter(savepoints, statement)
    const place: TransactionPlace = {
      began,
      place: begins ? 'begin' : ends ? 'end' : 'inside',
      failed: status === 'E' || after === 'E',
      // A savepoint holds the statement that sets it and the one that releases it.
      savepoints: held.length > savepoints.length ? held : savepoints,
      outcome: null,
    }
    places.push(place)
    open.push(place)
    savepoints = held
    if (ends) close(outcomeOf(statement))
    status = after
    // COMMIT AND CHAIN: another one has begun.
    if (ends && after !== 'I') began = statement.seq
  })
  if (ended) close('rolled_back')
  return places
}

function statusAfter(before: TransactionStatus, statement: BracketedStatement): TransactionStatus {
  if (statement.failed) return before === 'T' ? 'E' : before
  switch (statement.command) {
    case 'BEGIN':
    case 'START TRANSACTION':
      return 'T'
    case 'COMMIT':
    case 'PREPARE TRANSACTION':
      return 'I'
    case 'ROLLBACK':
      return rollbackTo.test(statement.text) ? 'T' : 'I'
    default:
      return before
  }
}

function endsOne({ command, text, failed }: BracketedStatement): boolean {
  return !failed && (command === 'COMMIT' || (command === 'ROLLBACK' && !rollbackTo.test(text)))
}

function outcomeOf({ command, failed }: BracketedStatement): TransactionOutcome | null {
  if (failed || command === 'ROLLBACK') return 'rolled_back'
  if (command === 'PREPARE TRANSACTION') return 'prepared'
  return command === 'COMMIT' ? 'committed' : null
}

const savepoint = /^\s*savepoint\s+("(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)/iu
const release = /^\s*release\s+(?:savepoint\s+)?("(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)/iu
const rollbackTo =
  /^\s*rollback\s+(?:(?:work|transaction)\s+)?to\s+(?:savepoint\s+)?("(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)/iu

function savepointsAfter(held: readonly string[], statement: BracketedStatement): string[] {
  const { command, text, failed } = statement
  if (failed) return [...held]
  if (command === 'SAVEPOINT') {
    return [...held, nameIn(savepoint, text) ?? '?'].slice(0, savepointsMax)
  }
  const released = command === 'RELEASE' ? nameIn(release, text) : undefined
  if (released !== undefined) return held.slice(0, Math.max(0, held.lastIndexOf(released)))
  const kept = command === 'ROLLBACK' ? nameIn(rollbackTo, text) : undefined
  return kept === undefined ? [...held] : held.slice(0, held.lastIndexOf(kept) + 1)
}

/** As PostgreSQL folds it: small letters unless it is quoted. */
function nameIn(pattern: RegExp, text: string): string | undefined {
  const name = pattern.exec(text)?.[1]
  if (name === undefined) return undefined
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase()
}
