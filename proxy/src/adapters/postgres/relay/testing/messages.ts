/** For tests: messages of both sides, built from readable values. */

type Part = string | number[] | Buffer

/** A frame: strings end with NUL only where the test writes one. */
export function message(type: string, ...parts: Part[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (Buffer.isBuffer(part) ? part : Buffer.from(part as string))),
  )
  const header = Buffer.alloc(5)
  header.write(type)
  header.writeUInt32BE(4 + body.length, 1)
  return Buffer.concat([header, body])
}

export const i16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

export const i32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

export const query = (text: string): Buffer => message('Q', `${text}\0`)
/** `types`: of the parameters, by OID. */
export const parse = (name: string, text: string, ...types: number[]): Buffer =>
  message('P', `${name}\0${text}\0`, i16(types.length), ...types.map(i32))
export const bind = (
  portal: string,
  statement: string,
  values: readonly (string | null)[] = [],
  resultFormats: readonly number[] = [],
): Buffer =>
  message(
    'B',
    `${portal}\0${statement}\0`,
    i16(0),
    i16(values.length),
    ...values.map((value) =>
      value === null ? i32(-1) : Buffer.concat([i32(Buffer.byteLength(value)), Buffer.from(value)]),
    ),
    i16(resultFormats.length),
    ...resultFormats.map(i16),
  )
export const describePortal = (name: string): Buffer => message('D', `P${name}\0`)
export const describeStatement = (name: string): Buffer => message('D', `S${name}\0`)
export const execute = (portal: string, rowsMax = 0): Buffer =>
  message('E', `${portal}\0`, i32(rowsMax))
export const close = (kind: 'S' | 'P', name: string): Buffer => message('C', `${kind}${name}\0`)
export const sync = message('S')
export const flush = message('H')
export const terminate = message('X')

export type TestColumn = {
  name: string
  table?: number
  attribute?: number
  type?: number
  format?: number
}

export const rowDescription = (...columns: TestColumn[]): Buffer =>
  message(
    'T',
    i16(columns.length),
    ...columns.map(({ name, table = 0, attribute = 0, type = 25, format = 0 }) =>
      Buffer.concat([
        Buffer.from(`${name}\0`),
        i32(table),
        i16(attribute),
        i32(type),
        i16(-1),
        i32(-1),
        i16(format),
      ]),
    ),
  )
export const dataRow = (...values: (string | Buffer | null)[]): Buffer =>
  message(
    'D',
    i16(values.length),
    ...values.map((value) =>
      value === null ? i32(-1) : Buffer.concat([i32(Buffer.byteLength(value)), Buffer.from(value)]),
    ),
  )
export const commandComplete = (tag: string): Buffer => message('C', `${tag}\0`)
export const ready = (status = 'I'): Buffer => message('Z', status)
export const parseComplete = message('1')
export const bindComplete = message('2')
export const closeComplete = message('3')
export const noData = message('n')
export const portalSuspended = message('s')
export const emptyQuery = message('I')
export const parameterDescription = message('t', i16(0))
export const copyOut = message('H', [0], i16(1), i16(0))
export const copyIn = message('G', [0], i16(1), i16(0))
export const copyData = (text: string): Buffer => message('d', text)
export const copyDone = message('c')
export const error = (sqlstate: string, text: string, detail?: string): Buffer =>
  message(
    'E',
    `SERROR\0VERROR\0C${sqlstate}\0M${text}\0${detail === undefined ? '' : `D${detail}\0`}\0`,
  )
export const parameterStatus = (name: string, value: string): Buffer =>
  message('S', `${name}\0${value}\0`)

/** Type letters and bodies of frames, for comparing. */
export function framesOf(bytes: Buffer): { type: string; body: string }[] {
  const frames: { type: string; body: string }[] = []
  let at = 0
  while (at + 5 <= bytes.length) {
    const end = at + 1 + bytes.readUInt32BE(at + 1)
    frames.push({
      type: String.fromCharCode(bytes[at]!),
      body: bytes.toString('latin1', at + 5, end),
    })
    at = end
  }
  return frames
}

export const typesOf = (bytes: Buffer): string =>
  framesOf(bytes)
    .map(({ type }) => type)
    .join('')
