/**
 * How fast findSpans is: megabytes a second for each corpus, all entities, in chunks of 64 KB, and its ratio to one global RegExp
 * for each detector on the same text; the slowest of what is hard on a scanner, as a ratio to the fastest ordinary corpus. Time is the processor's, of each chunk the best
 * of several rounds counts, and what is compared is measured in turns: what else a machine does slows a processor too.
 */
import { builtInRules, findSpans } from '@gatetrail/detect'
import { fixed, table } from '../statistics.ts'
import { hardCorpora, ordinaryCorpora } from './corpora.ts'
import { regexesOf } from './regexes.ts'

const chunkBytes = 64 * 1024
/** V8 drops what it has compiled when a text of another kind comes; a stream of one kind runs at what comes after. */
const leastMs = 200
/** Of an ordinary corpus: so much is compared with regular expressions, and with each hard text. */
const partChunks = 8
const hardPartChunks = 2
/** Of the hard texts the slowest, longer. */
const comparedTexts = 30
const comparedMs = 600
const seed = 20_251_121

export type DetectBenchOptions = { readonly megabytes: number; readonly rounds: number }

/** What is measured: `find` on each of the chunks. */
type Turn = { readonly chunks: readonly Uint8Array[]; find(chunk: Uint8Array): number }

export function benchDetect({ megabytes, rounds }: DetectBenchOptions): string {
  const corpora = ordinaryCorpora(megabytes, seed).map(({ name, bytes }) => ({
    name,
    turn: { chunks: chunksOf(bytes), find: findAll },
  }))
  // First all of them once: the code has to be compiled for what every one of them does.
  for (const { turn } of corpora) ratesOf([turn], 1)
  const rates = corpora.map(({ turn }) => ratesOf([turn], rounds)[0]!)
  const regexes = regexesOf(builtInRules)
  const ordinary = corpora.map(({ name, turn }, index) => {
    // A part is enough: they are slow.
    const chunks = turn.chunks.slice(0, partChunks)
    const byRegexes = { chunks, find: matcherOf(regexes) }
    const measured = ratesOf([{ chunks, find: findAll }, byRegexes], 4)
    const ratio = `${fixed(measured[0]! / measured[1]!, 1)} ×`
    return [name, fixed(rates[index], 0), fixed(measured[1], 1), ratio]
  })
  const fastest = corpora[rates.indexOf(Math.max(...rates))]!.turn
  return [
    `seed ${seed}, ${builtInRules.detectors.length} detectors, ${regexes.length} regular expressions`,
    table(['detect', 'MB/s', 'regexes', 'ratio'], ordinary),
    table(['hardest texts', 'MB/s', 'ratio to best'], hardest(fastest, rounds)),
  ].join('\n\n')
}

function findAll(chunk: Uint8Array): number {
  return findSpans(chunk, 0, chunk.length).length
}

function chunksOf(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  )
}

/** Megabytes a second of each, in turns: of all chunks, each in its best round. */
function ratesOf(turns: readonly Turn[], rounds: number, ms: number = leastMs): number[] {
  const bestMs = turns.map(({ chunks }) => chunks.map(() => Infinity))
  const begin = performance.now()
  // Of short texts more rounds: the code has to be compiled for what is in them.
  for (let round = 0; round < rounds || performance.now() - begin < ms; round++) {
    turns.forEach(({ chunks, find }, turn) => {
      chunks.forEach((chunk, index) => {
        const spent = msOf(() => find(chunk))
        bestMs[turn]![index] = Math.min(bestMs[turn]![index]!, spent)
      })
    })
  }
  return turns.map(({ chunks }, turn) => {
    const bytes = chunks.reduce((sum, { length }) => sum + length, 0)
    return bytes / bestMs[turn]!.reduce((sum, ms) => sum + ms, 0) / 1000
  })
}

/** On strings that are made already, of one byte a letter. */
function matcherOf(regexes: readonly RegExp[]): (chunk: Uint8Array) => number {
  const texts = new Map<Uint8Array, string>()
  return (chunk) => {
    // The same view each round has the same place: what is keyed by it is the string.
    const text = texts.get(chunk) ?? Buffer.from(chunk).toString('latin1')
    texts.set(chunk, text)
    let count = 0
    for (const regex of regexes) {
      regex.lastIndex = 0
      while (regex.exec(text) !== null) count++
    }
    return count
  }
}

function hardest({ chunks, find }: Turn, rounds: number): string[][] {
  const literals = builtInRules.detectors.flatMap((one) =>
    one.on === 'literal' ? one.literals : [],
  )
  const ordinary = { chunks: chunks.slice(0, hardPartChunks), find }
  const slowest = hardCorpora(chunkBytes, literals)
    .map(({ name, bytes }) => ({
      name,
      bytes,
      rate: ratesOf([{ chunks: [bytes], find }], rounds)[0]!,
    }))
    .toSorted((a, b) => a.rate - b.rate)
    .slice(0, comparedTexts)
  // Only of these in turns: by then the code is compiled for all of them.
  return slowest
    .map(({ name, bytes }) => {
      const measured = ratesOf([{ chunks: [bytes], find }, ordinary], rounds, comparedMs)
      return { name, rate: measured[0]!, ratio: measured[0]! / measured[1]! }
    })
    .toSorted((a, b) => a.ratio - b.ratio)
    .slice(0, 12)
    .map(({ name, rate, ratio }) => [name, fixed(rate, 0), fixed(ratio, 2)])
}

/** Of the processor, not of the clock: what else runs on the machine is not measured. */
function msOf(run: () => void): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
