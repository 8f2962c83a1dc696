import { Fingerprinter, fingerprintBytes } from '@gatetrail/detect'
import { expect, it } from 'vitest'
import { TouchCounts } from './touch-counts.ts'
import { valueForms, type ValueForm } from './touched-values.ts'

const fingerprinter = new Fingerprinter(new Uint8Array(32).fill(3))

function add(
  touches: TouchCounts,
  value: string | Buffer,
  {
    entity = 'US_SSN',
    form = valueForms.text,
    place = 'public.people.ssn',
  }: { entity?: string; form?: ValueForm; place?: string } = {},
): void {
  const bytes = Buffer.from(value)
  touches.add(place, entity, 'masked', 'certain', 1, bytes, 0, bytes.length, form)
}

function printsOf(touches: TouchCounts): string[][] {
  touches.makeFingerprints(fingerprinter, Infinity)
  return touches.fingerprinted.map(({ fingerprints = '' }) => {
    const bytes = Buffer.from(fingerprints, 'base64url')
    return Array.from({ length: bytes.length / fingerprintBytes }, (_, index) =>
      bytes.toString('hex', index * fingerprintBytes, (index + 1) * fingerprintBytes),
    )
  })
}

const printOf = (entity: string, value: string) =>
  Buffer.from(fingerprinter.of(entity, value)!).toString('hex')

it('each value is counted every time and has one fingerprint', () => {
  const touches = new TouchCounts()
  for (const value of ['219-09-9999', '219-09-9998', '219-09-9999']) add(touches, value)
  add(touches, 'ada@example.org', { entity: 'EMAIL', place: 'public.people.email' })
  expect(printsOf(touches)).toEqual([
    [printOf('US_SSN', '219-09-9999'), printOf('US_SSN', '219-09-9998')],
    [printOf('EMAIL', 'ada@example.org')],
  ])
  expect(
    touches.fingerprinted.map(({ count, unfingerprinted }) => [count, unfingerprinted]),
  ).toEqual([
    [3, undefined],
    [1, undefined],
  ])
})

it('binary integers, UUIDs and dates have the fingerprint of their text', () => {
  const integer = Buffer.alloc(4)
  integer.writeInt32BE(219099999)
  const long = Buffer.alloc(8)
  long.writeBigInt64BE(219099999n)
  const date = Buffer.alloc(4)
  date.writeInt32BE(-5_475)
  const uuid = Buffer.from('0123456789abcdef0123456789abcdef', 'hex')
  for (const [form, value, entity, text] of [
    [valueForms.integer, integer, 'US_SSN', '219-09-9999'],
    [valueForms.integer, long, 'US_SSN', '219-09-9999'],
    [valueForms.date, date, 'DATE_OF_BIRTH', '1985-01-04'],
    [valueForms.uuid, uuid, 'PATIENT', '01234567-89ab-cdef-0123-456789abcdef'],
  ] as const) {
    const touches = new TouchCounts()
    add(touches, value, { entity, form })
    expect(printsOf(touches)).toEqual([[printOf(entity, text)]])
  }
})

it('values beyond the bound, too long ones and unknown ones are counted as such without a fingerprint', () => {
  const touches = new TouchCounts()
  for (let value = 0; value < 5_000; value++) add(touches, String(100_000_000 + value))
  add(touches, '100000000')
  add(touches, 'x'.repeat(100_000), { entity: 'API_KEY', place: 'result.token' })
  touches.add('public.people.born', 'BIRTH_DATE', 'masked', 'certain', 7)
  touches.add('public.people.ssn', 'US_SSN', 'filtered', 'certain', 1)
  expect(printsOf(touches).map(({ length }) => length)).toEqual([4_096, 0, 0, 0])
  expect(
    touches.fingerprinted.map(({ count, unfingerprinted }) => [count, unfingerprinted]),
  ).toEqual([
    [5_001, 904],
    [1, 1],
    [7, 7],
    [1, undefined],
  ])
})

it('made in slices they are the same, and those of a prepared statement go into every run of it', () => {
  const prepared = new TouchCounts()
  for (let value = 0; value < 200; value++) add(prepared, String(200_000_000 + value))
  const run = new TouchCounts()
  add(run, '200000001')
  run.addAll(prepared)
  for (let turns = 0; run.waiting > 0; turns++) {
    expect(turns).toBeLessThan(10)
    run.makeFingerprints(fingerprinter, 30)
  }
  expect(new Set(printsOf(run)[0])).toEqual(new Set(printsOf(prepared)[0]))
  expect(run.entries[0]!.count).toBe(201)
})

it('no value is lost: it has a fingerprint or is counted as one without', () => {
  const touches = new TouchCounts()
  for (let value = 0; value < 3_000; value++) add(touches, Buffer.from(`v${value}`))
  touches.makeFingerprints(fingerprinter, Infinity)
  const [touch] = touches.fingerprinted
  const made = Buffer.from(touch!.fingerprints ?? '', 'base64url').length / fingerprintBytes
  expect(made + (touch!.unfingerprinted ?? 0)).toBe(3_000)
})

it('statements that follow each other or run at once have their own values alone', () => {
  const open: { touches: TouchCounts; values: Set<string> }[] = []
  for (let round = 0; round < 300; round++) {
    if (open.length < 1 + (round % 40)) open.push({ touches: new TouchCounts(), values: new Set() })
    open.forEach(({ touches, values }, index) => {
      // Some are small and some outgrow what is kept for others; the same values come in all of them.
      for (let added = 0; added <= (index % 5) ** 3; added++) {
        const value = `value ${(round * 7 + added * 13) % 600}`
        values.add(value)
        add(touches, value)
      }
    })
    if (round % 3 === 0) continue
    const { touches, values } = open.splice(round % open.length, 1)[0]!
    expect(printsOf(touches)[0]).toEqual([...values].map((value) => printOf('US_SSN', value)))
  }
})
