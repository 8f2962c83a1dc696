/** What is found in the fields of COPY … TO STDOUT: one mask per value whatever the format, and documents that stay documents. */
import { Masking } from '@gatetrail/detect'
import type { MaskingStyle } from '@gatetrail/schemas'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDetection } from '../../../detection/detection.ts'
import { emptyModel, type Column } from '../catalogue/model.ts'
import { snapshotOf } from '../catalogue/snapshot.ts'
import { describeStatement } from '../facts/describe-statement.ts'
import { emptyEnvironment } from '../facts/environment.ts'
import { loadParser } from '../facts/index.ts'
import { testRelation } from '../facts/testing/test-model.ts'
import { ColumnKnowledge } from './column-knowledge.ts'
import { CopyOutMask, maskShown } from './copy-out-mask.ts'
import { copyPlan } from './copy-plan.ts'
import { CoverageCounts } from './coverage-counts.ts'
import { TouchCounts } from './touch-counts.ts'

const columns: readonly (readonly [name: string, typeOid: number])[] = [
  ['note', 25],
  ['doc', 3802],
]
const relation = testRelation({
  oid: 20_000,
  name: 'papers',
  columns: columns.map(([name, typeOid], index): Column => ({ attribute: index + 1, name, typeOid, generated: false })), // prettier-ignore
})
const snapshot = snapshotOf(
  {
    ...emptyModel,
    relationsByOid: new Map([[20_000, relation]]),
    relationsByName: new Map([['public.papers', relation]]),
  },
  new Map(),
)
const email = 'robin@oak.example'
const card = '4532015112830366'
const styles: readonly MaskingStyle[] = ['same_length', 'redact', 'keep_last_four', 'null', 'token', 'format_preserving'] // prettier-ignore

beforeAll(() => loadParser())

type Masked = { shown: string; recorded: string; touches: string[] }

function mask(options: string, style: MaskingStyle, line: string, revealed = false): Masked {
  const masking = new Masking({ default: style, styles: {} }, new Uint8Array(32).fill(7))
  const knowledge = new ColumnKnowledge(createDetection({ off: [], columns: false, custom: [] }, masking)) // prettier-ignore
  const { copy } = describeStatement(`copy papers to stdout (${options})`, emptyEnvironment)
  const plan = copyPlan({
    knowledge,
    showsStored: true,
    copy,
    response: { binary: false, columns: columns.length },
    lineage: undefined,
    snapshot,
    mayHoldTagged: false,
    reveal: () => revealed,
  })
  const touches = new TouchCounts()
  const copyOut = new CopyOutMask(() => plan, touches, new CoverageCounts())
  const bytes = Buffer.from(line)
  const shown = bytes.subarray(0, copyOut.apply(bytes, 0, bytes.length))
  const record = Buffer.from(shown)
  maskShown(record, copyOut.format, copyOut.recordRanges, 0)
  return {
    shown: shown.toString(),
    recorded: record.toString(),
    touches: touches.entries.map(({ entity, outcome, count }) => `${entity} ${outcome} ${count}`),
  }
}

const csv = (value: string): string => `"${value.replaceAll('"', '""')}"`
const escaped = (value: string): string => value.replaceAll('\\', '\\\\')
const withoutCsv = (field: string): string => field.slice(1, -1).replaceAll('""', '"')

describe.each(styles)('in style %s', (style) => {
  it('a value within quotes has the mask that it has without', () => {
    const plain = mask('format csv', style, `${email},\n`)
    const quoted = mask('format csv', style, `"${email}",\n`)
    expect(plain.shown).not.toContain('robin')
    expect(quoted.shown).toBe(`"${plain.shown.slice(0, -2)}",\n`)
    expect(quoted.touches).toEqual(['EMAIL masked 1'])
  })

  it('JSON stays JSON, and is the same in text and CSV', () => {
    const doc = JSON.stringify({ inch: '5" by 7', email, card: Number(card), path: 'a\\b\n' })
    const inCsv = mask('format csv', style, `x,${csv(doc)}\n`)
    const inText = mask('format text', style, `x\t${escaped(doc)}\n`)
    const read: unknown = JSON.parse(withoutCsv(inCsv.shown.slice(2, -1)))
    expect(read).toMatchObject({ inch: '5" by 7', path: 'a\\b\n' })
    expect(JSON.stringify(read)).not.toMatch(/robin|4532015112830366/)
    expect(JSON.parse(inText.shown.slice(2, -1).replaceAll('\\\\', '\\'))).toEqual(read)
    expect(inCsv.touches).toEqual(['EMAIL masked 1', 'CREDIT_CARD masked 1'])
    expect(inText.touches).toEqual(inCsv.touches)
  })

  it('what stands around a finding keeps its quotes and escapes', () => {
    const inCsv = mask('format csv', style, `"says ""${email}"", and more",x\n`)
    expect(inCsv.shown).toMatch(/^"says "".*"", and more",x\n$/)
    const inText = mask('format text', style, `a\\tb\\n${email} \\\\c\\v\tx\n`)
    expect(inText.shown).toMatch(/^a\\tb\\n[^\\]* \\\\c\\v\tx\n$/)
    const marked = mask(`delimiter '@', quote '''', format csv`, style, `'''${email}'''@x\n`)
    expect(marked.shown).toMatch(/^'''.*'''@x\n$/)
  })

  it('a delimiter that is a blank comes into no field', () => {
    const { shown } = mask(`format text, delimiter ' '`, style, `x {"a":${card}}\n`)
    expect(shown.replaceAll('\\ ', '').split(' ')).toHaveLength(2)
  })
})

it('what is revealed in quotes is counted once, and masked in the record where it stands', () => {
  const { shown, recorded, touches } = mask('format csv', 'token', `"a ""b"", ${email}",x\n`, true)
  expect(shown).toBe(`"a ""b"", ${email}",x\n`)
  expect(recorded).toBe(`"a ""b"", ${'*'.repeat(email.length)}",x\n`)
  expect(touches).toEqual(['EMAIL revealed 1'])
  const inText = mask('format text', 'token', `a\\tb ${email} c\\\\d\tx\n`, true)
  expect(inText.recorded).toBe(`a\\tb ${'*'.repeat(email.length)} c\\\\d\tx\n`)
})
