import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { builtInDetectors } from '../built-in-detectors.ts'
import type { Detector } from '../detector.ts'
import { candidatesMax, fillCandidates, windowBytes } from './candidates.ts'
import { Dispatch } from './dispatch.ts'
import { WasmPrefilter } from './wasm-prefilter.ts'

const encoder = new TextEncoder()
const confirm = (): void => {}

function wasmOf(dispatch: Dispatch): WasmPrefilter {
  const wasm = WasmPrefilter.of(dispatch)
  if (wasm === undefined) throw new Error('Node 20 has WebAssembly with SIMD')
  return wasm
}

const builtIn = new Dispatch(builtInDetectors)
const builtInWasm = wasmOf(builtIn)
const out = new Int32Array(2 * candidatesMax)

function pairsOf(pairs: Int32Array, count: number): string[] {
  return Array.from({ length: count / 2 }, (_, index) => {
    return `${String(pairs[2 * index]).padStart(8)} ${pairs[2 * index + 1]}`
  })
}

/** Of both, window by window. */
function both(dispatch: Dispatch, wasm: WasmPrefilter, bytes: Uint8Array, start = 0): string[][][] {
  const windows: string[][][] = []
  for (let from = start; from < bytes.length; from += windowBytes) {
    const to = Math.min(bytes.length, from + windowBytes)
    const plain = fillCandidates(dispatch, bytes, start, from, to, bytes.length, out)
    const other = wasm.fillCandidates(bytes, start, from, to, bytes.length)
    windows.push([pairsOf(out, plain), pairsOf(wasm.candidates, other)])
  }
  return windows
}

const piece = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'0123456789abcdefXYZ@.:-_ \\nrt/()+é\n\0'), maxLength: 80 }),
  fc.string({ unit: fc.constantFrom(...'01a '), maxLength: 200 }),
  fc.constantFrom(...builtInDetectors.flatMap((one) => (one.on === 'literal' ? one.literals : []))),
  fc
    .constantFrom('a', '7', '\\n', '\\t1', 'password: ')
    .chain((text) => fc.integer({ min: 1, max: 700 }).map((count) => text.repeat(count))),
)
const text = fc.array(piece, { maxLength: 60 }).map((pieces) => encoder.encode(pieces.join('')))

describe('the prefilter', () => {
  it('finds in WebAssembly the same candidates in the same order as the plain twin, wherever the value begins', () => {
    fc.assert(
      fc.property(text, fc.nat(100), (bytes, start) => {
        for (const [plain, wasm] of both(
          builtIn,
          builtInWasm,
          bytes,
          Math.min(start, bytes.length),
        ))
          expect(wasm).toEqual(plain)
      }),
      { numRuns: 500 },
    )
  })

  it('finds only what begins in the window, wherever that ends and whatever stands behind it', () => {
    fc.assert(
      fc.property(text, fc.nat(2_000), fc.nat(400), (bytes, first, length) => {
        const from = Math.min(first, bytes.length)
        const to = Math.min(bytes.length, from + length)
        const plain = fillCandidates(builtIn, bytes, 0, from, to, bytes.length, out)
        const other = builtInWasm.fillCandidates(bytes, 0, from, to, bytes.length)
        expect(pairsOf(builtInWasm.candidates, other)).toEqual(pairsOf(out, plain))
      }),
      { numRuns: 500 },
    )
  })

  it('finds the same at every place relative to blocks and windows', () => {
    const sample = 'id=12 a1b2 \\n123-45 \\t7 ghp_x 1.2.3.4 a@b.c ::1 0x12 password 4111'
    for (let shift = 0; shift < 140; shift++) {
      for (const before of [shift, windowBytes - 70 + shift]) {
        for (const fill of [' ', 'a', '1']) {
          const bytes = encoder.encode(fill.repeat(before) + sample + fill.repeat(600))
          for (const [plain, wasm] of both(builtIn, builtInWasm, bytes)) expect(wasm).toEqual(plain)
        }
      }
    }
  })

  it('is asked for by length, kind, first and next byte, and by what stands before a byte', () => {
    const detectors: Detector[] = [
      { name: 'a', on: 'word', bytes: [3, 4], digits: 'only', confirm },
      { name: 'b', on: 'word', bytes: [2, 512], digits: 'some', startsWith: 'x', confirm },
      { name: 'c', on: 'word', bytes: [1, 1], digits: 'only', followedBy: '/:', confirm },
      { name: 'd', on: 'byte', byte: 0x3d, after: 'k', followedBy: 'v', confirm },
      { name: 'e', on: 'literal', literals: ['AbC', 'abcd'], exact: false, confirm },
    ]
    const dispatch = new Dispatch(detectors)
    const wasm = wasmOf(dispatch)
    const placesIn = (value: string): number[] => {
      const [[plain, other] = []] = both(dispatch, wasm, encoder.encode(value))
      expect(other).toEqual(plain)
      return (plain ?? []).map((pair) => Number(pair.trim().split(' ')[0]))
    }
    expect(placesIn('12 123 1234 12345 a123 123a')).toEqual([3, 7])
    expect(placesIn('x1 x ax1 x2')).toEqual([0, 9])
    expect(placesIn('1 1/ 2: 3')).toEqual([2, 5])
    expect(placesIn('k=v k= =v j=v k=w')).toEqual([1])
    expect(placesIn('abc ABCD abx')).toEqual([0, 4])
    expect(placesIn('\\n123 \\x123 n123')).toEqual([2, 7])
    expect(placesIn(`x1${'y'.repeat(510)}`)).toEqual([0])
    expect(placesIn(`x1${'y'.repeat(511)}`)).toEqual([])
  })

  it('refuses what can be no candidate', () => {
    const literal = { name: 'a', on: 'literal', literals: ['ab'], exact: true, confirm } as const
    const byte = { name: 'a', on: 'byte', byte: 0x41, confirm } as const
    const word = { name: 'a', on: 'word', bytes: [1, 513], digits: 'only', confirm } as const
    for (const detector of [literal, byte, word])
      expect(() => new Dispatch([detector])).toThrow('a:')
  })
})
