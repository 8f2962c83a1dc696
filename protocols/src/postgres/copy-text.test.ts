import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CopyTextFields } from './copy-text.ts'

const encoder = new TextEncoder()
const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('|', '\\|')

it.each([
  ['\t', 0x09],
  ['|', 0x7c],
])('finds the fields of rows wherever they are cut, delimiter %j', (delimiter, code) => {
  const value = fc.string({ unit: fc.constantFrom('a', '\\', '\t', '\n', '|', 'é', '') })
  const row = fc.array(value, { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 }),
      (rows, sizes) => {
        const text = rows.map((fields) => `${fields.map(escaped).join(delimiter)}\n`).join('')
        const bytes = encoder.encode(text)
        const splitter = new CopyTextFields(code)
        const found: string[] = []
        let field: number[] = []
        for (let at = 0, index = 0; at < bytes.length; index++) {
          const end = Math.min(bytes.length, at + sizes[index % sizes.length]!)
          splitter.each(bytes, at, end, (column, from, to, _first, last) => {
            field.push(...bytes.subarray(from, to))
            if (!last) return
            found.push(`${column} ${new TextDecoder().decode(Uint8Array.from(field))}`)
            field = []
          })
          at = end
        }
        expect(found).toEqual(
          rows.flatMap((fields) => fields.map((text, column) => `${column} ${escaped(text)}`)),
        )
        expect(splitter.rows).toBe(rows.length)
      },
    ),
  )
})
