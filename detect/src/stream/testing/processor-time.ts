/** For tests of how work grows: time that other processes take does not count. */

/** Of four runs the least, in seconds of this process. Runs once before, so that the code is compiled. */
export function processorSeconds(run: () => void): number {
  run()
  let least = Infinity
  for (let round = 0; round < 4; round++) {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1e6)
  }
  return least
}
