/**
 * Masks of PostgreSQL's own types in styles other than same length: where a style has no value for a type or for one value,
 * the mask of built-in-types.ts stands there. In text and in binary format the same value has the same mask. Pure.
 */
import type { EntityMask } from '@gatetrail/detect'
import { addressBinary, addressText, hardwareBinary, hardwareText, uuidBinary, uuidText } from './styled-addresses.ts' // prettier-ignore
import { byteaTextStyled, bytesStyled, jsonStyled, xmlStyled } from './styled-documents.ts'
import { integerBinary, integerText, numericBinary, numericText } from './styled-numbers.ts'
import {
  dateBinary,
  dateText,
  timestampBinary,
  timestampText,
  timestampWithZoneText,
} from './styled-times.ts'
import type { StyledMask, ValueMask } from './value-mask.ts'

type Styled = { readonly text: StyledMask; readonly binary: StyledMask }

const of = (text: StyledMask, binary: StyledMask): Styled => ({ text, binary })

const wholeText: StyledMask = (mask, bytes, start, end) => mask.whole(bytes, start, end)
const text = of(wholeText, wholeText)
const json = of(jsonStyled, jsonStyled)
const jsonOfVersion: StyledMask = (mask, bytes, start, end) =>
  jsonStyled(mask, bytes, start + 1, end)

/** By OID. pg_type.dat. */
const styled: ReadonlyMap<number, Styled> = new Map([
  [17, of(byteaTextStyled, bytesStyled)],
  [18, text],
  [19, text],
  [20, of(integerText(64), integerBinary(64))],
  [21, of(integerText(16), integerBinary(16))],
  [23, of(integerText(32), integerBinary(32))],
  [25, text],
  [114, json],
  [142, of(xmlStyled, xmlStyled)],
  [705, text],
  [774, of(hardwareText, hardwareBinary)],
  [829, of(hardwareText, hardwareBinary)],
  [869, of(addressText, addressBinary)],
  [1042, text],
  [1043, text],
  [1082, of(dateText, dateBinary)],
  [1114, of(timestampText, timestampBinary)],
  [1184, of(timestampWithZoneText, timestampBinary)],
  [1700, of(numericText, numericBinary)],
  [2275, text],
  [2950, of(uuidText, uuidBinary)],
  [3802, of(jsonStyled, jsonOfVersion)],
])

/** Shorter values have no style: a label has no room. */
export const styledBytesMin = 3

/** The mask of a type in a style. `plain`: of the type in none. */
export function styledMask(
  typeOid: number,
  format: number,
  mask: EntityMask,
  plain: ValueMask,
): ValueMask {
  const masks = styled.get(typeOid)
  if (masks === undefined) return plain
  const own = format === 0 ? masks.text : masks.binary
  return (bytes, start, end) =>
    (end - start < styledBytesMin ? undefined : own(mask, bytes, start, end)) ??
    plain(bytes, start, end)
}
