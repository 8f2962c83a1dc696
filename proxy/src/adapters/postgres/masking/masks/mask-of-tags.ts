/** The mask of a column, from the classes of what is in it. From row-plan.ts and copy-plan.ts. Pure. */
import type { EntityMask, Masking } from '@gatetrail/detect'
import type { MaskingStyle } from '@gatetrail/schemas'
import type { TaggedColumn } from '../../facts/environment.ts'

/** What hides most comes first: a value of several classes is masked as the most secret one. */
const strictestFirst: readonly MaskingStyle[] = [
  'null',
  'redact',
  'same_length',
  'token',
  'format_preserving',
  'keep_last_four',
]

/** Without tags: it can't be told what is in it. */
const unknownClass = 'UNKNOWN'

export function maskOfTags(masking: Masking, tags: readonly TaggedColumn[]): EntityMask {
  const masks = tags.map(({ dataClass }) => masking.of(dataClass))
  const place = ({ style }: EntityMask): number => strictestFirst.indexOf(style)
  return masks.toSorted((a, b) => place(a) - place(b))[0] ?? masking.of(unknownClass)
}
