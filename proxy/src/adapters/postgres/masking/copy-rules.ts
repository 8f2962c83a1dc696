/** Which COPY can be inspected. From the description of a statement and the catalogue. Pure. */
import type { CopyDescription } from '../facts/copy.ts'
import type { TagReach } from './reach.ts'

/** A delimiter of more than one byte, or an encoding whose characters have ASCII bytes in them, hides where fields end. */
const unsafeEncodings = /^(sjis|mskanji|shiftjis|shiftjis2004|win932|windows932|big5|win950|windows950|gbk|win936|windows936|gb18030|uhc|win949|windows949|johab)$/ // prettier-ignore

/**
 * Why this COPY may not pass, for the client; undefined if it may. On a connection with tagged columns, what may hold
 * tagged data must come in lines whose fields we find. `encodingUnsafe`: of the session.
 */
export function copyRefusal(
  copy: CopyDescription,
  reach: TagReach,
  encodingUnsafe = false,
): string | undefined {
  if (copy.direction === 'in' || copy.toProgramOrFile || !reach.reaches) return undefined
  const unsafe =
    copy.encoding === undefined
      ? encodingUnsafe
      : unsafeEncodings.test(copy.encoding.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
  if (unsafe && copy.format !== 'binary') {
    return 'COPY of a relation with tagged columns cannot be inspected in this encoding'
  }
  const odd = [copy.delimiter, copy.quote, copy.escape].some(
    (mark) => mark !== undefined && !/^[\x01-\x7f]$/.test(mark),
  )
  return copy.unknownOption || odd
    ? 'COPY of a relation with tagged columns cannot be inspected with these options'
    : undefined
}

export const copyHint = 'Use COPY … TO STDOUT with ENCODING UTF8, or SELECT the columns.'
