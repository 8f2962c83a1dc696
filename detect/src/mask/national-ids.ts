/** Format-preserving masks of national ids. From format-preserving.ts. Pure. */
import { permuteText, type FormatMask } from './format-mask.ts'

export const permuteNationalId: FormatMask = permuteText
