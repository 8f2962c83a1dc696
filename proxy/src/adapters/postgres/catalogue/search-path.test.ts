import { expect, test } from 'vitest'
import { parseSearchPath } from './search-path.ts'

test.each([
  ['"$user", public', ['$user', 'public']],
  ['public', ['public']],
  ['', []],
  ['""', []],
  ['Sales,"Sales", "a ""b"", c"', ['sales', 'Sales', 'a "b", c']],
  ['$user,pg_temp', ['$user', 'pg_temp']],
])('%s is taken apart as PostgreSQL does', (text, schemas) => {
  expect(parseSearchPath(text)).toEqual(schemas)
})
