/** Every question to the endpoint is a record before its answer leaves: gatetrail.audit.read, the text masked and cut. */
import { maskText } from '@gatetrail/detect'
import type { Journal } from '@gatetrail/eventlog'
import type { GatetrailError } from '@gatetrail/schemas'

export type ReadJournal = Pick<Journal, 'system' | 'appendSystem' | 'afterWrite'>

export type AskedQuery = {
  user: string
  address: string
  text: string
  parameters: ReadonlyMap<string, string>
}

const textCharactersMax = 2_000
const parametersMax = 20

/** @throws GatetrailError JOURNAL_UNWRITABLE: then nothing may be answered */
export function recordQuery(journal: ReadJournal, asked: AskedQuery): Promise<void> {
  const parameters: Record<string, string> = { query: masked(asked.text), address: asked.address }
  for (const [name, value] of [...asked.parameters].slice(0, parametersMax))
    parameters[`param_${name}`] = masked(value)
  journal.appendSystem('gatetrail.audit.read', {
    who: asked.user,
    role: 'store_reader',
    question: 'store.query',
    parameters,
    rows: -1, // It streams: not known when the record is written.
  })
  return new Promise((resolve, reject) => {
    journal.afterWrite(journal.system, 'command', (error: GatetrailError | undefined) => {
      if (error === undefined) resolve()
      else reject(error)
    })
  })
}

function masked(text: string): string {
  const { text: shown } = maskText(text)
  return shown.length > textCharactersMax ? `${shown.slice(0, textCharactersMax)}…` : shown
}
