import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameTexts } from './frame-texts.ts'

type Frame = { toClient: boolean; bytes: Buffer }
type Piece = Frame & { first: boolean; last: boolean; type: number }

function frame(type: string, body: Buffer, toClient = true): Frame {
  const header = Buffer.alloc(5)
  header.write(type, 'latin1')
  header.writeUInt32BE(body.length + 4, 1)
  return { toClient, bytes: Buffer.concat([header, body]) }
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function counted(value: Buffer | string | null): Buffer {
  const length = Buffer.alloc(4)
  const bytes = value === null ? Buffer.alloc(0) : Buffer.from(value)
  length.writeInt32BE(value === null ? -1 : bytes.length)
  return Buffer.concat([length, bytes])
}

const row = (...values: (Buffer | string | null)[]) =>
  frame('D', Buffer.concat([uint16(values.length), ...values.map(counted)]))
const head = (...names: string[]) =>
  frame(
    'T',
    Buffer.concat([uint16(names.length), ...names.map((name) => Buffer.concat([Buffer.from(`${name}\0`), Buffer.alloc(18)]))]),
  ) // prettier-ignore
const bind = (...values: (Buffer | string | null)[]) =>
  frame(
    'B',
    Buffer.concat([Buffer.from('portal\0statement\0'), uint16(1), uint16(0), uint16(values.length), ...values.map(counted), uint16(0)]),
    false,
  ) // prettier-ignore

function piecesOf({ toClient, bytes }: Frame, cuts: readonly number[] = []): Piece[] {
  const at = [0, ...new Set(cuts.filter((cut) => cut > 0 && cut < bytes.length)), bytes.length].sort((a, b) => a - b) // prettier-ignore
  return at.slice(1).map((end, index) => ({
    toClient,
    type: bytes[0]!,
    bytes: bytes.subarray(at[index], end),
    first: index === 0,
    last: end === bytes.length,
  }))
}

/** Each chunk read by a reader of its own, with no more than the rest of the one before. */
function textsOf(
  chunks: readonly (readonly Piece[])[],
  options: { shown?: 'all' | 'hidden' } = {},
) {
  let rest = ''
  return chunks.map((pieces) => {
    const texts = new FrameTexts(options)
    texts.begin(rest)
    for (const { toClient, type, first, last, bytes } of pieces)
      texts.fragment(toClient, type, first, last, bytes, 0, bytes.length)
    rest = texts.end()
    const text = (name: 'shown' | 'sent' | 'errors') => Buffer.from(texts.text(name)).toString()
    return { shown: text('shown'), sent: text('sent'), errors: text('errors'), rest }
  })
}

const whole = (...frames: Frame[]) => textsOf([frames.flatMap((one) => piecesOf(one))])[0]!
const words = (text: string) => text.split(/[^0-9A-Za-z\u0080-\u{10ffff}]+/u).filter(Boolean)

describe('texts of frames', () => {
  it('are names of columns and values, each by itself', () => {
    const { shown, rest } = whole(head('id', 'name'), row('1', 'Ärger & Söhne'), row('2', null))
    expect(shown).toBe('id\u001fname\u001d1\u001fÄrger & Söhne\u001e2\u001f\u001e')
    expect(rest).toBe('')
  })

  it('leave lengths, counts and binary values out, and keep texts in binary columns', () => {
    // 65 bytes: a length that is the letter A.
    const { shown } = whole(
      row('x'.repeat(65), Buffer.from([0, 0, 0, 65]), Buffer.from('\u0001{"a":"word"}')),
    )
    expect(words(shown)).toEqual(['x'.repeat(65), 'a', 'word'])
  })

  const colours = '2026-11-22 06:00 worker-7 \u001b[31mERROR\u001b[0m payment failed\fnext'
  const ofColours = ['2026', '11', '22', '06', '00', 'worker', '7', '31mERROR', '0m', 'payment', 'failed', 'next'] // prettier-ignore

  it('keep a value with control characters behind its beginning, wherever it is cut, and a copied line with any', () => {
    const one = row('1', colours, 'end')
    expect(words(whole(one).shown)).toEqual(['1', ...ofColours, 'end'])
    expect(whole(one).shown).not.toMatch(/[\u0000-\u001b]/)
    const copied = frame('d', Buffer.from(`7\t\u001b[1m${colours}\t8\n`))
    expect(words(whole(copied).shown)).toEqual(['7', '1m2026', ...ofColours.slice(1), '8'])
    const notice = frame('N', Buffer.from(`M\u001b[1m${colours}\0\0`))
    expect(words(whole(notice).errors)).toEqual(['1m2026', ...ofColours.slice(1)])
    for (const chunks of [1, 2])
      for (let cut = 1; cut < one.bytes.length; cut++) {
        const pieces = piecesOf(one, [cut])
        const found = textsOf(chunks === 1 ? [pieces] : pieces.map((piece) => [piece]))
        const text = found.map(({ shown }) => words(shown)).flat()
        for (const word of words(whole(one).shown)) expect(text).toContain(word)
      }
  })

  it('leave a value out that begins with control characters, however long it is and wherever it is cut', () => {
    const picture = Buffer.concat([
      Buffer.from('PNG\u0002hidden '),
      Buffer.from('hidden \u0001 '.repeat(9)),
    ])
    const zero = Buffer.from('hidden for more than sixteen bytes \0 hidden')
    const one = row('first', picture, zero, 'last')
    expect(words(whole(one).shown)).toEqual(['first', 'last'])
    expect(words(whole(frame('d', Buffer.concat([zero, picture]))).shown)).toEqual([])
    const behindHead = one.bytes.indexOf('hidden \u0001')
    const [piece, rest] = textsOf(piecesOf(one, [behindHead + 10]).map((part) => [part]))
    expect(words(piece!.shown)).toEqual(['first'])
    expect(words(rest!.shown)).toEqual(['first', 'last'])
  })

  it('go on with what was cut before values had a head', () => {
    const [begin, end] = piecesOf(row(colours), [40])
    const before = textsOf([[begin!]])[0]!.rest
    const texts = new FrameTexts()
    texts.begin(before.replaceAll(/"head":\d+,/g, ''))
    texts.fragment(true, end!.type, false, true, end!.bytes, 0, end!.bytes.length)
    expect(words(Buffer.from(texts.text('shown')).toString())).toEqual(expect.arrayContaining(['payment', 'failed'])) // prettier-ignore
  })

  it('are parameters and copied lines of the client, by words as they were before COPY wrote them', () => {
    const { sent, shown } = whole(
      bind('first', null, 'second'),
      frame('d', Buffer.from('one\\ntwo\tthree\n'), false),
      frame('Q', Buffer.from('select 1\0'), false),
    )
    expect(words(sent)).toEqual(['first', 'second', 'one', 'two', 'three'])
    expect(shown).toBe('')
  })

  it('of the client are as many as its messages with values, whatever is prepared between them', () => {
    const parse = frame('P', Buffer.from('\0select $1\0\0\0'), false)
    const { sent } = whole(parse, bind('one'), parse, bind('two'), parse, bind('three'))
    expect(sent.split('\u001e').map((text) => words(text))).toEqual([
      ['one'],
      ['two'],
      ['three'],
      [],
    ])
  })

  it('are messages of errors and notices without their letters', () => {
    const fields = 'SERROR\0VERROR\0C42P01\0Mrelation "x" does not exist\0Htry y\0Fparse.c\0\0'
    expect(words(whole(frame('E', Buffer.from(fields))).errors)).toEqual(
      words('42P01 relation x does not exist try y'),
    )
  })

  it('end with a run of letters that is no word', () => {
    expect(words(whole(row('a'.repeat(5_000), 'word')).shown)).toEqual(['a'.repeat(256), 'word'])
  })

  it('are the end of a statement that is longer than its record', () => {
    const sql = `select '${'x '.repeat(40_000)}' as behind`
    expect(words(whole(frame('Q', Buffer.from(`${sql}\0`), false)).sent)).toContain('behind')
    expect(words(whole(frame('P', Buffer.from(`name\0${sql}\0\0\0`), false)).sent)).toContain(
      'behind',
    )
  })

  it('are the same of a row that is whole and of one that comes in pieces', () => {
    // Cut before its first value: part of a binary value may be taken for a text.
    const value = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replace(/\p{Cc}/gu, ' ')),
      fc.stringMatching(/^([a-z]{1,9} ){30,90}$/),
      fc.stringMatching(/^[a-z]{250,600}$/),
      fc.constant(colours),
      fc.constantFrom(null, Buffer.from([0, 0, 0, 65]), Buffer.from('\u0001{"a":"word"}')),
    )
    fc.assert(
      fc.property(fc.array(value, { maxLength: 6 }), fc.integer({ min: 1, max: 11 }), (values, cut) => {
        const one = row(...values)
        const pieces = textsOf([piecesOf(one, [cut])])[0]!
        expect(words(whole(one).shown)).toEqual(words(pieces.shown))
      }),
    ) // prettier-ignore
  })

  it('that are hidden, and the bytes of frames, are all words that results showed, however frames are cut', () => {
    // As splitByNonAlpha has it, of bytes.
    const tokens = (...bytes: Buffer[]) =>
      new Set(bytes.map((one) => one.toString('latin1')).join(' ').split(/[^0-9A-Za-z\u0080-\u00ff]+/))
    const word = fc.stringMatching(/^[A-Za-zäß0-9東]{1,12}$/u)
    const value = fc.oneof(
      fc.array(word, { maxLength: 25 }).map((some) => some.join(' ')),
      fc.stringMatching(/^[A-Za-z0-9]{40,200}$/),
      fc.constantFrom(colours, '\u001b[1mbold', 'word '.repeat(9) + '\0zero'),
      fc.constantFrom(null, '', 'D', Buffer.from([0, 0, 0, 65]), Buffer.from('\u0001{"a":"word"}'), 'x'.repeat(65)),
    )
    const line = fc.array(fc.oneof(word, fc.constantFrom('\\n', '\\\\', '\\N', '\\t', '"', '\t')), { maxLength: 30 })
    const shape = fc.oneof(
      fc.array(value, { maxLength: 9 }).map((values) => row(...values)),
      line.map((pieces) => frame('d', Buffer.from(pieces.join('')))),
      fc.array(word, { maxLength: 60 }).map((names) => head(...names)),
      fc.tuple(word, word).map(([channel, text]) => frame('A', Buffer.from(`\0\0A9${channel}\0${text}\0`))),
      word.map((tag) => frame('C', Buffer.from(`${tag}\0`))),
      word.map((sql) => frame('Q', Buffer.from(`${sql}\0`), false)),
    )
    fc.assert(
      fc.property(
        fc.array(shape, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(150), { maxLength: 2 }),
        fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }),
        (frames, cuts, closes) => {
          const chunks: Piece[][] = [[]]
          for (const [index, piece] of frames.flatMap((one, at) => piecesOf(one, at % 3 === 0 ? cuts : [])).entries()) {
            // As ingest has them: all of a chunk in one piece of memory.
            chunks.at(-1)!.push(piece)
            if (closes[index % 24] === true) chunks.push([])
          }
          const all = textsOf(chunks)
          const hidden = textsOf(chunks, { shown: 'hidden' })
          for (const [index, pieces] of chunks.entries()) {
            const payload = Buffer.concat(pieces.map(({ bytes }) => bytes))
            const indexed = tokens(payload, Buffer.from(hidden[index]!.shown))
            // A separator at the beginning says nothing.
            const restOf = ({ rest }: { rest: string }) => rest.replaceAll(/(?<="again":")(1f|1e|1d)+/g, '')
            expect(restOf(hidden[index]!)).toBe(restOf(all[index]!))
            for (const one of words(all[index]!.shown))
              expect(indexed.has(Buffer.from(one).toString('latin1')), one).toBe(true)
          }
        },
      ),
      { numRuns: 500 },
    )
  }) // prettier-ignore

  it('that are hidden are few', () => {
    const rows = Array.from({ length: 50 }, (_, id) => row(`${id}`, 'a text of some words, '.repeat(10), null, 'end'))
    const pieces = rows.flatMap((one) => piecesOf(one))
    const bytes = rows.reduce((sum, one) => sum + one.bytes.length, 0)
    expect(textsOf([pieces], { shown: 'hidden' })[0]!.shown.length).toBeLessThan(bytes / 10)
  }) // prettier-ignore

  it('hold every word and every pair of neighbours whole in one of the chunks, however frames are cut', () => {
    const value = fc.option(
      fc.array(fc.stringMatching(/^[a-zäß0-9]{1,12}$/u), { maxLength: 6 }).map((some) => some.join(' ')),
      { nil: null },
    ) // prettier-ignore
    const row_ = fc.array(value, { maxLength: 5 })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(row_, fc.constantFrom('row', 'bind', 'copy')), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(200), { maxLength: 12 }),
        fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
        (rows, cuts, closes) => {
          const frames = rows.map(([values, as]) =>
            as === 'row' ? row(...values) : as === 'bind' ? bind(...values) : frame('d', Buffer.from(`${values.join('\t')}\n`)),
          )
          const chunks: Piece[][] = [[]]
          for (const [index, piece] of frames.flatMap((one) => piecesOf(one, cuts)).entries()) {
            chunks.at(-1)!.push(piece)
            if (closes[index % 60] === true) chunks.push([])
          }
          const found = textsOf(chunks)
          expect(found.at(-1)!.rest).toBe('')
          for (const [values, as] of rows) {
            const text = as === 'bind' ? 'sent' : 'shown'
            for (const one of values.filter((value) => value !== null)) {
              const all = words(one)
              for (const [index, word] of all.entries()) {
                const pair = index === 0 ? word : `${all[index - 1]} ${word}`
                expect(found.some((chunk) => ` ${words(chunk[text]).join(' ')} `.includes(` ${pair} `)), pair).toBe(true)
              }
            }
          }
        },
      ),
      { numRuns: 300 },
    ) // prettier-ignore
  })
})
