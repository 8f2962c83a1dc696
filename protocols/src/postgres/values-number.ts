/**
 * Binary numbers as PostgreSQL writes them in text: floats in the shortest form that reads back, numeric with its display
 * scale (utils/adt/numeric.c, `numeric_send`). Used by values-binary.ts. Pure.
 */

/** Shortest digits that read back as the same double; an exponent from 1e15 on and below 1e-4 (common/d2s.c). */
export function doubleText(value: number): string {
  return floatText(value, String(value), 15)
}

/** The same for float4: an exponent from 1e6 on. */
export function singleText(value: number): string {
  if (!Number.isFinite(value) || value === 0) return floatText(value, String(value), 6)
  for (let precision = 1; precision <= 9; precision++) {
    const text = value.toPrecision(precision)
    if (Math.fround(Number(text)) === value) return floatText(value, String(Number(text)), 6)
  }
  return floatText(value, String(value), 6)
}

function floatText(value: number, shortest: string, exponentFrom: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const sign = value < 0 ? '-' : ''
  const [mantissa = '', exponentPart] = shortest.replace(/^-/, '').split(/e(?=[+-]?\d+$)/)
  const negativeExponent = exponentPart ?? '0'
  const [whole = '', fraction = ''] = mantissa.split('.')
  const allDigits = whole + fraction
  const leadingZeros = /^0*/.exec(allDigits)?.[0].length ?? 0
  const digits = allDigits.slice(leadingZeros).replace(/0+$/, '') || '0'
  // Of the first significant digit.
  const exponent = whole.length - 1 - leadingZeros + Number(negativeExponent)
  if (exponent < -4 || exponent >= exponentFrom) {
    const rest = digits.length > 1 ? `.${digits.slice(1)}` : ''
    const size = String(Math.abs(exponent)).padStart(2, '0')
    return `${sign}${digits[0]}${rest}e${exponent < 0 ? '-' : '+'}${size}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, '0')
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`
}

const digitsMax = 40_000

/** int16 digits, weight, sign, scale, then base-10000 digits. Undefined if it is not a numeric. */
export function numericText(bytes: Uint8Array): string | undefined {
  if (bytes.length < 8) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = view.getUint16(0)
  const weight = view.getInt16(2)
  const sign = view.getUint16(4)
  const scale = view.getUint16(6) & 0x3fff
  if (sign === 0xc000) return 'NaN'
  if (sign === 0xd000) return 'Infinity'
  if (sign === 0xf000) return '-Infinity'
  if (bytes.length !== 8 + count * 2 || count > digitsMax / 4 || weight > digitsMax / 4) {
    return undefined
  }
  const digit = (index: number): string =>
    String(index >= 0 && index < count ? view.getUint16(8 + index * 2) : 0).padStart(4, '0')
  let whole = ''
  for (let index = 0; index <= weight; index++) whole += digit(index)
  whole = whole.replace(/^0+(?=\d)/, '') || '0'
  let fraction = ''
  for (let index = weight + 1; fraction.length < scale; index++) fraction += digit(index)
  const text = scale > 0 ? `${whole}.${fraction.slice(0, scale)}` : whole
  return sign === 0x4000 ? `-${text}` : text
}
