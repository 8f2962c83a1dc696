/** What the columns of a result are, and what masking does with them. From target-leg.ts and result-rows.ts. */
import { readRowDescription, type ColumnDescription } from '@gatetrail/protocols'
import { GatetrailError } from '@gatetrail/schemas'
import { planRow, type RowPlan } from '../masking/row-plan.ts'
import { showsStored } from '../masking/reach.ts'
import type { Reply } from './replies.ts'
import type { SessionState } from './session-state.ts'
import type { StatementForm } from './statement-form.ts'

export function columnsOf(entry: Reply): readonly ColumnDescription[] | undefined {
  return entry.columns ?? entry.portal?.value?.columns ?? entry.portal?.value?.prepared.columns
}

/** The statement that an entry is about. */
export function formOfReply(entry: Reply | undefined): StatementForm | undefined {
  if (entry === undefined) return undefined
  return entry.form ?? entry.prepared?.value?.form ?? entry.portal?.value?.form
}

/** Reads a RowDescription; the same bytes again cost a comparison. */
export function readColumns(
  form: StatementForm | undefined,
  bytes: Buffer,
  start: number,
  end: number,
): readonly ColumnDescription[] {
  const known = form?.rowDescription
  if (known !== undefined && known.compare(bytes, start, end) === 0) return form!.rowColumns!
  const columns = readRowDescription(bytes, start, end)
  if (form !== undefined) {
    form.rowDescription = Buffer.from(bytes.subarray(start, end))
    form.rowColumns = columns
  }
  return columns
}

/** Decides what to do with the columns of this result. @throws GatetrailError UPSTREAM_PROTOCOL_VIOLATION if it has none */
export function planOf(state: SessionState, entry: Reply): RowPlan {
  const form = entry.form!
  const columns = columnsOf(entry)
  if (columns === undefined) {
    throw new GatetrailError(
      'UPSTREAM_PROTOCOL_VIOLATION',
      'the target sent rows that it did not describe',
    )
  }
  const described = entry.columns !== undefined || entry.portal?.value?.columns !== undefined
  const formats = described ? undefined : entry.portal?.value?.resultFormats
  const { policies } = state.context
  const { snapshot } = state
  const { setHash } = policies
  const lineage = form.description.parts[entry.part]?.columns
  const cached = form.plan
  if (
    cached !== undefined &&
    cached.columns === columns &&
    cached.formats === formats &&
    cached.lineage === lineage &&
    cached.snapshot === snapshot &&
    cached.setHash === setHash &&
    cached.plan.ballots?.some((ballot) => ballot?.closed === true) !== true &&
    policies.timeDependent !== true
  ) {
    entry.plan = cached.plan
    return cached.plan
  }
  const { facts, parseError } = form.description
  state.forms.planFor(snapshot)
  const plan = planRow({
    columns,
    formats,
    snapshot,
    lineage,
    writes: facts.writes.length > 0 || parseError !== undefined,
    reveal: (dataClass, column) => policies.reveal(dataClass, column),
    knowledge: state.context.knowledge,
    showsStored: showsStored(form.description),
    ballots: form.ballots,
  })
  form.plan = { columns, formats, lineage, snapshot, setHash, plan }
  entry.plan = plan
  return plan
}
