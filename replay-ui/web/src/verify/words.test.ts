/// <reference types="node" />
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { failureMeaning } from './words.ts'

const source = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

describe('what a verification says', () => {
  it('is explained for every kind of failure that the verifier knows', () => {
    const lists = [
      source('../../../server/src/verify/failure.ts').split('] as const')[0] ?? '',
      source('../../../../eventlog/src/verify/report.ts').split('] as const')[0] ?? '',
    ].join('\n')
    const kinds = [...lists.matchAll(/^ {2}'([a-z_]+)',$/gm)].map(([, kind = '']) => kind)
    expect(kinds.length).toBeGreaterThan(15)
    const unknown = failureMeaning('of a later release')
    expect(kinds.filter((kind) => failureMeaning(kind) === unknown)).toEqual([])
  })
})
