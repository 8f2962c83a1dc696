/**
 * Rows of COPY's binary format. PostgreSQL sends each as one message, which is laid out as a DataRow is, and is masked as one: without a
 * list of its fields. From copy-out-mask.ts, to row-mask.ts.
 */
import { frameHeaderBytes, readUint16 } from '@gatetrail/protocols'
import type { CopyPlan } from './copy-plan.ts'
import type { CoverageCounts } from './coverage-counts.ts'
import { RowMask } from './row-mask.ts'
import { columnActions, textsIn, type RowPlan } from './row-plan.ts'
import type { TouchCounts } from './touch-counts.ts'

export class CopyBinaryRows {
  readonly #touches: TouchCounts
  readonly #mask: RowMask
  #of: CopyPlan | undefined
  #plan: RowPlan | undefined

  constructor(touches: TouchCounts, coverage: CoverageCounts) {
    this.#touches = touches
    this.#mask = new RowMask(coverage)
  }

  /** Whether a row, which begins at `start`, has the columns of this plan. */
  fits(plan: CopyPlan, bytes: Uint8Array, start: number): boolean {
    if (plan !== this.#of) {
      this.#of = plan
      this.#plan = rowPlanOf(plan)
    }
    return this.#plan !== undefined && readUint16(bytes, start) === plan.columns.length
  }

  /** Masks the row that {@link fits}. Returns its new end, and adds to `recordRanges` what the record may not show. */
  apply(bytes: Uint8Array, start: number, end: number, recordRanges: number[]): number {
    const mask = this.#mask
    const newEnd = mask.apply(this.#plan!, this.#touches, bytes, start - frameHeaderBytes, end)
    const ranges = mask.recordRanges
    for (let index = 0; index < ranges.length; index += 3)
      recordRanges.push(ranges[index + 1]!, ranges[index + 2]!)
    return newEnd
  }
}

/** Undefined: a value would be counted otherwise there. */
function rowPlanOf({ columns, further }: CopyPlan): RowPlan | undefined {
  if (columns.some(({ form, sources }) => form !== undefined && sources.length !== 1))
    return undefined
  const actions = Uint8Array.from(columns, ({ action }) => columnActions[action])
  const shapes = columns.map(({ shape }) => shape)
  const { ahead } = further.rules.detection
  return {
    actions,
    shapes,
    binary: columns.map(() => true),
    masks: columns.map(({ mask }) => mask),
    rules: columns.map(({ rules }) => rules),
    sources: columns.map(({ sources }) => sources),
    levels: columns.map(({ level }) => level),
    forms: columns.map(({ form }) => form),
    ballots: undefined,
    trivial: actions.every((action) => action === columnActions.pass),
    ahead: ahead.isOfUse && textsIn(actions, shapes) > 1 ? ahead : undefined,
  }
}
