/**
 * How fast findSpans is: megabytes a second for each corpus, all entities, in chunks of 64 KB, and its ratio to one global RegExp
 * for each detector on the same text; the slowest of what is hard on a scanner, as a ratio to the fastest ordinary corpus. Time is the processor's, and of each chunk the best of several rounds counts.
 */
import { builtInRules, findSpans } from '@gatetrail/detect'
import { fixed, table } from '../statistics.ts'
import { hardCorpora, ordinaryCorpora } from './corpora.ts'
import { regexesOf } from './regexes.ts'

const chunkBytes = 64 * 1024
/** V8 drops what it has compiled when a text of another kind comes; a stream of one kind runs at what comes after. */
const leastMs = 200
const seed = 20_251_121

export type DetectBenchOptions = { readonly megabytes: number; readonly rounds: number }

export function benchDetect({ megabytes, rounds }: DetectBenchOptions): string {
  const corpora = ordinaryCorpora(megabytes, seed)
  // First all of them once: the code has to be compiled for what every one of them does.
  for (const { bytes } of corpora) rateOf(bytes, 1, findAll)
  const rates = corpora.map(({ bytes }) => rateOf(bytes, rounds, findAll))
  const regexes = regexesOf(builtInRules)
  const ordinary = corpora.map(({ name, bytes }, index) => {
    const byRegexes = rateOfRegexes(regexes, bytes)
    const rate = rates[index]!
    return [name, fixed(rate, 0), fixed(byRegexes, 1), `${fixed(rate / byRegexes, 1)} ×`]
  })
  const best = Math.max(...rates)
  return [
    `seed ${seed}, ${builtInRules.detectors.length} detectors, ${regexes.length} regular expressions`,
    table(['detect', 'MB/s', 'regexes', 'ratio'], ordinary),
    table(['hardest texts', 'MB/s', 'ratio to best'], hardest(best, rounds)),
  ].join('\n\n')
}

function findAll(chunk: Uint8Array): number {
  return findSpans(chunk, 0, chunk.length).length
}

/** Megabytes a second: of all chunks, each in its best round. */
function rateOf(bytes: Uint8Array, rounds: number, find: (chunk: Uint8Array) => number): number {
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  )
  const bestMs = chunks.map(() => Infinity)
  const begin = performance.now()
  // Of short texts more rounds: the code has to be compiled for what is in them.
  for (let round = 0; round < rounds || performance.now() - begin < leastMs; round++) {
    chunks.forEach((chunk, index) => {
      bestMs[index] = Math.min(
        bestMs[index]!,
        msOf(() => find(chunk)),
      )
    })
  }
  return bytes.length / bestMs.reduce((sum, ms) => sum + ms, 0) / 1000
}

/** On strings that are made already, of one byte a letter. A part is enough: they are slow. */
function rateOfRegexes(regexes: readonly RegExp[], bytes: Uint8Array): number {
  const part = bytes.subarray(0, 8 * chunkBytes)
  const texts = new Map<Uint8Array, string>()
  return rateOf(part, 4, (chunk) => {
    // The same view each round has the same place: what is keyed by it is the string.
    const text = texts.get(chunk) ?? Buffer.from(chunk).toString('latin1')
    texts.set(chunk, text)
    let count = 0
    for (const regex of regexes) {
      regex.lastIndex = 0
      while (regex.exec(text) !== null) count++
    }
    return count
  })
}

function hardest(best: number, rounds: number): string[][] {
  const literals = builtInRules.detectors.flatMap((one) =>
    one.on === 'literal' ? one.literals : [],
  )
  return hardCorpora(chunkBytes, literals)
    .map(({ name, bytes }) => ({ name, rate: rateOf(bytes, rounds, findAll) }))
    .toSorted((a, b) => a.rate - b.rate)
    .slice(0, 12)
    .map(({ name, rate }) => [name, fixed(rate, 0), fixed(rate / best, 2)])
}

/** Of the processor, not of the clock: what else runs on the machine is not measured. */
function msOf(run: () => void): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
