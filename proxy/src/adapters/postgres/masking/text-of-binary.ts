/** The text of a value in a binary format of PostgreSQL, so that both formats give the same fingerprint. Pure. */
import { Buffer } from 'node:buffer'
import { unreachable } from '@gatetrail/schemas'
import { valueForms, type BinaryForm } from './touched-values.ts'

const uuidBytes = 16
const dayMs = 86_400_000
/** Dates count from here (PostgreSQL, src/include/datatype/timestamp.h). */
const epochMs = Date.UTC(2000, 0, 1)

/** Undefined for what is not of the form that it is said to have, and for dates that ISO 8601 has no four digits for. */
export function textOfBinary(
  form: BinaryForm,
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array | undefined {
  const value = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
  const text = textOf(form, value)
  return text === undefined ? undefined : Buffer.from(text)
}

function textOf(form: BinaryForm, value: Buffer): string | undefined {
  switch (form) {
    case valueForms.integer:
      return integerText(value)
    case valueForms.uuid:
      return value.length === uuidBytes
        ? value.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
        : undefined
    case valueForms.date:
      return value.length === 4 ? dateText(value.readInt32BE(0)) : undefined
    default:
      return unreachable(form)
  }
}

function integerText(value: Buffer): string | undefined {
  switch (value.length) {
    case 2:
      return String(value.readInt16BE(0))
    case 4:
      return String(value.readInt32BE(0))
    case 8:
      return String(value.readBigInt64BE(0))
    default:
      return undefined
  }
}

function dateText(days: number): string | undefined {
  const date = new Date(epochMs + days * dayMs)
  const year = date.getUTCFullYear() // NaN for infinity.
  return year >= 0 && year <= 9999 ? date.toISOString().slice(0, 10) : undefined
}
