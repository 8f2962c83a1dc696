/** How long to wait before a role that died is started again. Pure. */

export const restartFirstMs = 100
export const restartMsMax = 15_000
/** A role that was ready for this long counts as healthy: its next restart is a first one. */
export const healthyAfterMs = 1_000

/**
 * @param failuresInRow deaths since the role was last healthy, this one included: 1 restarts at once
 */
export function restartDelayMs(failuresInRow: number): number {
  return Math.min(restartFirstMs * 2 ** Math.min(Math.max(0, failuresInRow - 1), 20), restartMsMax)
}
