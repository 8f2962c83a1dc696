import { describe, expect, it } from 'vitest'
import { nearBytesAfter, nearBytesBefore, recordsPerTerminalBlock } from '../limits.ts'
import { blocksAround, chunksAround, lastResize } from './near-place.ts'

const KiB = 1024

describe('the last output before a moment', () => {
  it('begins so many blocks before that there is enough of it, and ends with the block of the moment', () => {
    const blocks = Array.from({ length: 100 }, (_, block) => ({
      ...{ block, offset: block * 1_000, bytes: 32 * KiB, resized: -1 },
    }))
    const blocksBefore = nearBytesBefore / (32 * KiB)
    expect(blocksAround(blocks, 50_500)).toEqual({
      fromSeq: (50 - blocksBefore) * recordsPerTerminalBlock,
      toSeq: 51 * recordsPerTerminalBlock,
      nextMicros: 51_000,
    })
    expect(blocksAround(blocks, 500).fromSeq).toBe(0)
    expect(blocksAround(blocks, 10 ** 9).nextMicros).toBeNull()
    expect(blocksAround([], 5)).toMatchObject({ fromSeq: 0, nextMicros: null })
  })

  it('is bounded where a block holds many MiB', () => {
    const chunks = Array.from({ length: 256 }, (_, seq) => ({
      ...{ seq, offset: seq * 10, bytes: 64 * KiB, resized: 0 },
    }))
    const { from, to } = chunksAround(chunks, 1_005)
    expect(100 - (from?.seq ?? 0)).toBe(nearBytesBefore / (64 * KiB))
    expect((to?.seq ?? 0) - 101).toBe(nearBytesAfter / (64 * KiB))
    expect(chunksAround(chunks, 0).from?.seq).toBe(0)
    expect(chunksAround(chunks, 10 ** 9).to).toBeUndefined()
  })

  it('is shown in the size that the terminal had, also where it changes again in the same block', () => {
    const blocks = [
      { block: 0, offset: 0, bytes: 1, resized: 7 },
      { block: 1, offset: 1_000, bytes: 1, resized: 256 + 200 },
    ]
    const chunks = Array.from({ length: 256 }, (_, at) => ({
      ...{ seq: 256 + at, offset: at, bytes: 1, resized: at === 20 || at === 200 ? 1 : 0 },
    }))
    expect(lastResize(blocks, chunks, 256 + 201)).toBe(256 + 200)
    expect(lastResize(blocks, chunks, 256 + 100)).toBe(256 + 20)
    expect(lastResize(blocks, chunks, 256 + 10)).toBe(7)
    expect(lastResize(blocks, chunks, 7)).toBeUndefined()
  })
})
