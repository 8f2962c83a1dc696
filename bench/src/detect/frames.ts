/**
 * What masking adds to 8 KB of an answer: rows of short values, and one row with one text. Beside it what the same loop takes that does
 * nothing: less can't be told from it. Time is the processor's; frames are made before, and nothing but the masking is timed. Each frame is
 * masked many times: the 99th percentile of their medians is that of the frames, where that of all times is the machine's, too.
 */
import { rowMasking, type MaskedColumn } from '@gatetrail/proxy/measured'
import { fixed, median, percentile, table } from '../statistics.ts'
import { ordinaryCorpora } from './corpora.ts'

const frameBytes = 8 * 1024
const seed = 20_251_121
const distinctFrames = 100
/** Until V8 has compiled what they need. */
const warmRounds = 20
const [text, integer, timestamp, numeric] = [25, 23, 1184, 1700]

const rowColumns: readonly MaskedColumn[] = [
  { name: 'id', typeOid: integer },
  { name: 'subject', typeOid: text },
  { name: 'ssn', typeOid: text, tag: 'US_SSN' },
  { name: 'created', typeOid: timestamp },
  { name: 'amount', typeOid: numeric },
  { name: 'note', typeOid: text },
  { name: 'reference', typeOid: text },
]

type Kind = { readonly name: string; readonly frames: readonly Buffer[]; mask(bytes: Buffer): void }

export function benchFrames(count: number): string {
  const corpora = ordinaryCorpora(1, seed)
  const maskText = rowMasking([{ name: 'body', typeOid: text }])
  const kinds: Kind[] = [
    { name: 'rows of 7 columns', frames: framesOfRows(), mask: rowMasking(rowColumns) },
    ...corpora.map(({ name, bytes }) => ({
      name: `one text, ${name}`,
      frames: Array.from({ length: distinctFrames }, (_, index) =>
        rowOf([bytes.subarray(index * frameBytes, (index + 1) * frameBytes)]),
      ),
      mask: maskText,
    })),
  ]
  const nothing = kinds.map((kind) => ({ ...kind, mask: () => undefined }))
  for (const kind of kinds) microsOf(kind, distinctFrames * warmRounds)
  const rows = kinds.map((kind, index) => {
    const empty = microsOf(nothing[index]!, count)
    const micros = microsOf(kind, count)
    return [
      kind.name,
      ...[50, 99].map((percent) => fixed(percentile(micros, percent), 0)),
      fixed(percentile(mediansOf(micros), 99), 0),
      fixed(percentile(empty, 99), 0),
    ]
  })
  return table(
    ['masking of 8 KB of an answer', 'p50 µs', 'p99 µs', 'p99 of frames', 'p99 of nothing'],
    rows,
  )
}

function microsOf({ frames, mask }: Kind, count: number): Float64Array {
  const micros = new Float64Array(count)
  const bytes = Buffer.allocUnsafeSlow(Math.max(...frames.map(({ length }) => length)))
  for (let index = 0; index < count; index++) {
    const frame = frames[index % frames.length]!
    frame.copy(bytes)
    const view = bytes.subarray(0, frame.length)
    const before = process.cpuUsage()
    mask(view)
    const { user, system } = process.cpuUsage(before)
    micros[index] = user + system
  }
  return micros
}

/** Of each frame: frames are masked in turn. */
function mediansOf(micros: Float64Array): Float64Array {
  return Float64Array.from({ length: distinctFrames }, (_, frame) =>
    median([...micros.filter((_micros, index) => index % distinctFrames === frame)]),
  )
}

/** As those of `bench_rows` (database.ts). */
function framesOfRows(): Buffer[] {
  let number = 1
  return Array.from({ length: distinctFrames }, () => {
    const rows: Buffer[] = []
    for (let bytes = 0; ; number++) {
      const digits = (number * 7_919_777_773).toString(16).padStart(16, '0')
      const row = rowOf([
        ...[String(number), `Customer ${digits}${digits}`],
        `${100 + (number % 560)}-${10 + (number % 89)}-${1000 + (number % 8999)}`,
        ...['2025-11-21 10:15:30.123456+00', String((number * 37) % 100_000)],
        ...['The parcel was handed over at the back door. '.repeat(2), `${digits}${digits}`],
      ])
      bytes += row.length
      if (bytes > frameBytes) return Buffer.concat(rows)
      rows.push(row)
    }
  })
}

/** A DataRow. */
function rowOf(values: readonly (string | Uint8Array)[]): Buffer {
  const fields = values.flatMap((value) => {
    const bytes = Buffer.from(value)
    const length = Buffer.alloc(4)
    length.writeInt32BE(bytes.length)
    return [length, bytes]
  })
  const head = Buffer.from('D......')
  head.writeUInt16BE(values.length, 5)
  const row = Buffer.concat([head, ...fields])
  row.writeUInt32BE(row.length - 1, 1)
  return row
}
