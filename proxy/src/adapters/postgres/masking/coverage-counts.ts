/** Bytes of one session that crossed inspected, and uninspected by reason. */
import type { Coverage, UninspectedReason } from '@gatetrail/schemas'

export class CoverageCounts {
  inspectedBytes = 0
  readonly #uninspected = new Map<UninspectedReason, number>()

  uninspected(reason: UninspectedReason, bytes: number): void {
    if (bytes > 0) this.#uninspected.set(reason, (this.#uninspected.get(reason) ?? 0) + bytes)
  }

  report(): Coverage {
    return {
      inspectedBytes: this.inspectedBytes,
      uninspectedBytes: Object.fromEntries(this.#uninspected),
    }
  }
}
