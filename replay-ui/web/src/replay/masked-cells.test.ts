import { expect, it } from 'vitest'
import { maskedCellsIn } from './masked-cells.ts'

const masked = (text: string) => `\u001b[33m${text}\u001b[0m`

it('finds each masked cell, and the column that it stands in', () => {
  const text = [
    'orders=> select id, ssn, email from customers;',
    ' id |     ssn     |     email     ',
    '----+-------------+---------------',
    `  1 | ${masked('***-**-****')} | ${masked('***@***.***')}`,
    `  2 | ${masked('***-**-****')} | none`,
    '(2 rows)',
  ].join('\r\n')
  expect(maskedCellsIn(text)).toEqual([
    { line: 3, from: 6, to: 17, column: 'ssn' },
    { line: 3, from: 20, to: 31, column: 'email' },
    { line: 4, from: 6, to: 17, column: 'ssn' },
  ])
})

it('does not take a star that a client wrote for a masked value', () => {
  expect(maskedCellsIn('orders=> select * from customers;\r\n*')).toEqual([])
})

it('counts what stands before a cell as wide as it is shown', () => {
  const [cell] = maskedCellsIn(`名前 | ${masked('***')}`)
  expect(cell).toMatchObject({ from: 7, to: 10 })
})
