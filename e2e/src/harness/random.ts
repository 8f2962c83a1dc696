/** Random moments and choices from a seed that is printed: a failure can be run again with GATETRAIL_SEED. */

export type Random = () => number

/** mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function chooseSeed(): number {
  const given = Number(process.env['GATETRAIL_SEED'])
  const seed = Number.isInteger(given) && given > 0 ? given : Math.floor(Math.random() * 2 ** 31)
  console.log(`seed ${seed} (GATETRAIL_SEED=${seed} runs it again)`)
  return seed
}
