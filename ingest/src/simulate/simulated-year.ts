/**
 * What a simulated trail holds: how many records on which day, by which writer. Pure, and the same for the same options, so
 * that a run that was stopped goes on where it was.
 */
import { createHash } from 'node:crypto'

/** Everything that is simulated lies in this tenant, is issued by this issuer, and can't be taken for a real trail. */
export const simulatedTenant = 'simulated'
/** Of the policies that it was decided by, which are nowhere: the hash of this word. */
export const simulatedPolicySet = createHash('sha256').update('simulated').digest('hex')

export type SimulationOptions = {
  days: number
  /** In all; rounded down to a multiple of four per day. */
  records: number
  /** The same seed makes the same trail. */
  seed: number
  /** First day, UTC, `YYYY-MM-DD`. */
  from: string
}

export type SimulatedDay = {
  index: number
  /** `YYYY-MM-DD` */
  date: string
  startMs: number
  isWeekend: boolean
  records: number
  /** A process that ran on that day only. */
  writer: string
  /** Of 10,000 statements, how many touch personal data. */
  touchedOf10000: number
  /** Places that one such statement touches. */
  touchesEach: number
}

/** Two records in a hundred: every statement has four. */
const touchedOf10000 = 800
const heavyTouches = 100_000
const weekendShare = 0.6
const dayMs = 86_400_000
/** Of a statement that is not refused; and a session has four records besides its statements'. */
const touchableShare = 0.9

export function planDays(options: SimulationOptions): SimulatedDay[] {
  const firstMs = Date.parse(`${options.from}T00:00:00Z`)
  const identity = createHash('sha256')
    .update(JSON.stringify([options.days, options.records, options.seed, options.from]))
    .digest('hex')
  const heavy = options.seed % options.days
  const shares = Array.from({ length: options.days }, (_, index) =>
    isWeekend(firstMs + index * dayMs) ? weekendShare : 1,
  )
  const all = shares.reduce((sum, share) => sum + share, 0)
  let before = 0
  let share = 0
  return shares.map((own, index) => {
    share += own
    // Up to the end of this day; the last day takes what is left.
    const upTo = Math.floor((options.records * share) / all / 4) * 4
    const records = index === options.days - 1 ? floorTo4(options.records) - before : upTo - before
    before += records
    const startMs = firstMs + index * dayMs
    return {
      index,
      date: new Date(startMs).toISOString().slice(0, 10),
      startMs,
      isWeekend: own < 1,
      records,
      writer: writerOf(startMs, identity),
      ...(index === heavy
        ? heavyDay(records, options.records)
        : { touchedOf10000, touchesEach: 1 }),
    }
  })
}

/** One day of a year is a hundred thousand touches, of small trails a tenth of their records. */
function heavyDay(
  recordsOfDay: number,
  recordsOfAll: number,
): { touchedOf10000: number; touchesEach: number } {
  const wanted = Math.min(heavyTouches, recordsOfAll / 10)
  const touchable = Math.max(1, (recordsOfDay / 4) * touchableShare)
  const touchesEach = Math.max(1, Math.ceil(wanted / touchable))
  const share = Math.ceil((wanted * 10_000) / (touchable * touchesEach))
  return { touchedOf10000: Math.min(10_000, Math.max(touchedOf10000, share)), touchesEach }
}

function floorTo4(records: number): number {
  return Math.floor(records / 4) * 4
}

function isWeekend(ms: number): boolean {
  const day = new Date(ms).getUTCDay()
  return day === 0 || day === 6
}

/** A UUIDv7 of that day whose tail says which simulation it is of: another one is told from it. */
function writerOf(startMs: number, identity: string): string {
  const time = startMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${identity.slice(0, 3)}-8${identity.slice(3, 6)}-${identity.slice(6, 18)}`
}
