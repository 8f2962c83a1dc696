import { expect, it } from 'vitest'
import { fileWord } from './words.ts'

it('names a file by its folder where its path climbs, and as it is elsewhere', () => {
  expect(fileWord('../../somewhere/deploy/policies/read.cedar')).toBe('policies/read.cedar')
  expect(fileWord('policies/read.cedar')).toBe('policies/read.cedar')
  expect(fileWord('/etc/gatetrail/read.cedar')).toBe('/etc/gatetrail/read.cedar')
})
