/** Every look at audit data is a record, on the journal before the answer leaves: gatetrail.audit.read. */
import type { GatetrailError } from '@gatetrail/schemas'
import type { Role } from '@gatetrail/replay-api'
import type { Caller } from './access/roles.ts'
import type { ReplayOptions } from './options.ts'

const parameterCharactersMax = 500

export type ReadParameters = Readonly<Record<string, string | number | Date | undefined>>

export type AuditRead = {
  caller: Caller
  role: Role
  question: string
  parameters: ReadParameters
  rows: number
}

/** Resolves once the read is on record. @throws GatetrailError JOURNAL_UNWRITABLE: then nothing may be answered. */
export function recordRead(journal: ReplayOptions['journal'], read: AuditRead): Promise<void> {
  const parameters: Record<string, string> = {}
  for (const [name, value] of Object.entries(read.parameters)) {
    if (value === undefined) continue
    const text = value instanceof Date ? value.toISOString() : String(value)
    parameters[name] = text.slice(0, parameterCharactersMax)
  }
  const { caller, role, question, rows } = read
  journal.appendSystem('gatetrail.audit.read', {
    who: caller.name,
    role,
    question,
    parameters,
    rows,
  })
  return onRecord(journal)
}

/** Resolves once all that was appended is on record. @throws GatetrailError JOURNAL_UNWRITABLE */
export function onRecord(journal: ReplayOptions['journal']): Promise<void> {
  return new Promise((resolve, reject) => {
    journal.afterWrite(journal.system, 'command', (error: GatetrailError | undefined) => {
      if (error === undefined) resolve()
      else reject(error)
    })
  })
}
