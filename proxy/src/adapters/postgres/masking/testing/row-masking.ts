/** For benchmarks: masks rows as a session does, with all built-in detectors, and nothing else of a session. */
import { backendTypes, frameLength } from '@gatetrail/protocols'
import { createDetection } from '../../../../detection/detection.ts'
import { emptySnapshot } from '../../catalogue/snapshot.ts'
import { ColumnKnowledge } from '../column-knowledge.ts'
import { CoverageCounts } from '../coverage-counts.ts'
import { RowMask } from '../row-mask.ts'
import { planRow } from '../row-plan.ts'
import { TouchCounts } from '../touch-counts.ts'

/** Of a result: a tagged column is masked whole. */
export type MaskedColumn = {
  readonly name: string
  readonly typeOid: number
  readonly tag?: string
}

/** Masks all rows in the bytes that it is given, one behind the other, in place: what they touch is forgotten. */
export function rowMasking(columns: readonly MaskedColumn[]): (bytes: Uint8Array) => void {
  const detection = createDetection({ off: [], columns: true, custom: [] })
  const plan = planRow({
    columns: columns.map(({ name, typeOid }) => ({ name, typeOid, tableOid: 0, attribute: 0, format: 0 })), // prettier-ignore
    formats: undefined,
    snapshot: emptySnapshot(),
    lineage: columns.map(({ name, tag }) => ({
      ...{ name, unknown: false },
      tags: tag === undefined ? [] : [{ place: `public.rows.${name}`, dataClass: tag }],
    })),
    writes: false,
    reveal: () => false,
    knowledge: new ColumnKnowledge(detection),
    showsStored: true,
    ballots: new Map(),
  })
  const mask = new RowMask(new CoverageCounts())
  const touches = new TouchCounts()
  return (bytes) => {
    for (let at = 0; at < bytes.length && bytes[at] === backendTypes.dataRow;) {
      const end = at + frameLength(bytes, at)
      mask.apply(plan, touches, bytes, at, end)
      at = end
    }
    if (!touches.empty) touches.clear()
  }
}
