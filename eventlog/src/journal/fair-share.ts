/**
 * Who is slowed while readers are behind (design §8): from half of the bound on, the inflow that is left to all is what
 * readers take over plus a part of the room that remains, and each active session may have an equal share of it. A small
 * session never feels it; the largest wait until their share has caught up. At the bound, all wait. Pure but for its state.
 */
import { limits } from '@gatetrail/schemas'
import type { SessionStamp } from '../session-stamp.ts'

type Account = { owedBytes: number; settledAtMs: number; recordedAtMs: number }

/** The room that remains is given out over this long. */
const roomSpreadSeconds = 10
/** A session is not stopped for less than its share of this long. */
const burstSeconds = 0.1
/** Nor for less than some small statements at once, as long as all of these together are little of the room. */
const burstBytesMin = 8 * limits.KiB
const burstsOfRoomMax = 0.1
const activeMs = 2_000
/** Even when readers stand still some bytes flow until the bound. */
const inflowMin = 64 * limits.KiB

export class FairShare {
  readonly #bytesMax: number
  readonly #accounts = new Map<SessionStamp, Account>()
  #backlogBytes = 0
  #drainedBytesPerSecond = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Whether `record` must be called. */
  get isActive(): boolean {
    return this.#backlogBytes > this.#bytesMax / 2
  }

  get isFull(): boolean {
    return this.#backlogBytes >= this.#bytesMax
  }

  get backlogBytes(): number {
    return this.#backlogBytes
  }

  /** The backlog as measured, and how fast readers take it over. */
  update(backlogBytes: number, drainedBytesPerSecond: number, nowMs: number): void {
    this.#backlogBytes = backlogBytes
    this.#drainedBytesPerSecond = drainedBytesPerSecond
    if (!this.isActive) {
      this.#accounts.clear()
      return
    }
    for (const [stamp, account] of this.#accounts) {
      this.#settle(account, nowMs)
      if (account.owedBytes === 0 && nowMs - account.recordedAtMs > activeMs)
        this.#accounts.delete(stamp)
    }
  }

  /** Between two measurements the backlog grows by what is appended. */
  grow(bytes: number): void {
    this.#backlogBytes += bytes
  }

  record(stamp: SessionStamp, bytes: number, nowMs: number): void {
    let account = this.#accounts.get(stamp)
    if (account === undefined) {
      account = { owedBytes: 0, settledAtMs: nowMs, recordedAtMs: nowMs }
      this.#accounts.set(stamp, account)
    }
    this.#settle(account, nowMs)
    account.owedBytes += bytes
    account.recordedAtMs = nowMs
  }

  /** How long this session should not be read from, ms. */
  pauseMs(stamp: SessionStamp, nowMs: number): number {
    if (!this.isActive) return 0
    if (this.isFull) return limits.journal.pauseMsMax
    const account = this.#accounts.get(stamp)
    if (account === undefined) return 0
    this.#settle(account, nowMs)
    const share = this.#shareBytesPerSecond()
    if (account.owedBytes <= Math.max(share * burstSeconds, this.#leastBurstBytes())) return 0
    return Math.min(limits.journal.pauseMsMax, Math.ceil((account.owedBytes / share) * 1000))
  }

  #shareBytesPerSecond(): number {
    const inflow = Math.max(
      inflowMin,
      this.#drainedBytesPerSecond + this.#roomBytes() / roomSpreadSeconds,
    )
    return inflow / Math.max(1, this.#accounts.size)
  }

  #leastBurstBytes(): number {
    const ofRoom = (this.#roomBytes() * burstsOfRoomMax) / Math.max(1, this.#accounts.size)
    return Math.min(burstBytesMin, ofRoom)
  }

  #roomBytes(): number {
    return Math.max(0, this.#bytesMax - this.#backlogBytes)
  }

  #settle(account: Account, nowMs: number): void {
    const paid = (this.#shareBytesPerSecond() * (nowMs - account.settledAtMs)) / 1000
    account.owedBytes = Math.max(0, account.owedBytes - paid)
    account.settledAtMs = nowMs
  }
}
