/**
 * The auditor's question over a simulated year (`gatetrail simulate`), asked through the real API while ingest is running:
 * an ordinary day, and the day with a hundred thousand touches. Asked of several sizes, so that the growth is seen.
 */
import { simulatedTenant } from '@gatetrail/ingest'
import { startGatetrail, type Gatetrail } from './gatetrail.ts'
import { startRecords } from './records-load.ts'
import { askTimed, heavyIndex, withTrail } from './simulated-trail.ts'
import { fixed, percentile, table } from './statistics.ts'
import { freePort } from './targets.ts'

const days = 365
/** A billion records in a year, of which these days are made: as full as they would be, so that nothing needs to be extrapolated but what lies around them. */
const billion = { records: 1_000_000_000, daysMade: 12 }
const from = '2026-01-01'
const dayMs = 86_400_000
/** Different days, so that none is answered from a cache. */
const askedDays = 60
const askedHeavy = 20
const calendarAsked = 5
/** Of other sessions, of another tenant: what ingest does meanwhile. */
const recordsPerSecond = 500

type Figures = {
  records: number
  bytes: number
  p50: number
  p95: number
  heavyP95: number
  /** Median. */
  calendar: number
}

/** @returns a table: how long the question took, warm, per size of the trail; of a billion some days are made. */
export async function benchPiiQuestion(
  sizes: readonly number[],
  kept: string | undefined,
): Promise<string> {
  const figures: Figures[] = []
  const whole = sizes.filter((size) => size < billion.records)
  for (const size of whole) figures.push(await benchSize(size, days, kept))
  const row = (name: string, { bytes, p50, p95, heavyP95, calendar }: Figures) => [
    name,
    ...[bytes / 1e6, p50, p95, heavyP95, calendar].map((value) => fixed(value, 0)),
  ]
  const rows = figures.map((found) => row(found.records.toLocaleString('en'), found))
  if (figures.length > 1) {
    const { bytes, p50, p95 } = extrapolate(figures, billion.records)
    rows.push([
      '1,000,000,000 (extrapolated)',
      ...[bytes / 1e6, p50, p95].map((value) => fixed(value, 0)),
    ])
  }
  if (figures.length !== 1 || whole.length < sizes.length) {
    const full = Math.floor((billion.records / days) * billion.daysMade)
    const made = await benchSize(full, billion.daysMade, kept)
    rows.push(row('1,000,000,000 (12 of its days, made)', made))
  }
  return table(
    [
      'PII question, 365 days, warm, ms; records',
      'MB on disk',
      'p50',
      'p95',
      'p95 of 100,000 touches',
      'calendar of the year',
    ],
    rows,
  )
}

/**
 * A straight line through the medians of the last two sizes: what grows with the trail is read in proportion to it. The 95th
 * percentile is taken to keep its distance to the median: by itself it is the noise of a shared machine.
 */
function extrapolate(
  figures: readonly Figures[],
  records: number,
): Pick<Figures, 'bytes' | 'p50' | 'p95'> {
  const [one, two] = figures.slice(-2)
  if (one === undefined || two === undefined) throw new Error('a line goes through two points')
  const times = (records - two.records) / (two.records - one.records)
  const at = (from: number, to: number) => to + Math.max(0, to - from) * times
  const p50 = at(one.p50, two.p50)
  return { bytes: at(one.bytes, two.bytes), p50, p95: (p50 * two.p95) / two.p50 }
}

function benchSize(size: number, daysMade: number, kept: string | undefined): Promise<Figures> {
  const trail = { records: size, days: daysMade, from }
  return withTrail(trail, kept, async (directory, { records, bytes }) => {
    // No database stands behind it: only the question is asked.
    const gatetrail = await startGatetrail(directory, await freePort(), { tenant: simulatedTenant })
    const load = await startRecords(gatetrail.dataDirectory, recordsPerSecond)
    try {
      const heavyDay = heavyIndex % daysMade
      const others = Array.from({ length: daysMade }, (_, index) => index).filter(
        (index) => index !== heavyDay,
      )
      const ordinary = Array.from({ length: askedDays }, (_, index) => {
        const place = (110 + index * 4) % others.length
        return others[place] ?? 0
      })
      await ask(gatetrail, [...ordinary.slice(0, 5), heavyDay]) // Not counted: warm.
      const usual = await ask(gatetrail, ordinary)
      const heavy = await ask(gatetrail, Array<number>(askedHeavy).fill(heavyDay))
      const calendar = await askCalendar(gatetrail)
      return {
        ...{ records, bytes, calendar },
        p50: percentile(usual, 50),
        p95: percentile(usual, 95),
        heavyP95: percentile(heavy, 95),
      }
    } finally {
      await load.stop()
      await gatetrail.stop()
    }
  })
}

type Answer = { runs?: unknown[]; days?: unknown[] }

/** How long each took, to the last byte, in ms. */
async function ask(gatetrail: Gatetrail, indexes: readonly number[]): Promise<Float64Array> {
  const times = new Float64Array(indexes.length)
  for (const [place, index] of indexes.entries()) {
    const on = new Date(Date.parse(from) + index * dayMs).toISOString().slice(0, 10)
    const { ms, answer } = await askTimed(gatetrail, `/api/pii?on=${on}`)
    times[place] = ms
    if ((answer as Answer).runs?.length === 0) throw new Error(`the answer for ${on} is empty`)
  }
  return times
}

async function askCalendar(gatetrail: Gatetrail): Promise<number> {
  const times = new Float64Array(calendarAsked)
  for (const index of times.keys()) {
    const { ms, answer } = await askTimed(gatetrail, '/api/calendar?year=2026')
    if ((answer as Answer).days?.length === 0) throw new Error('the calendar is empty')
    times[index] = ms
  }
  return percentile(times, 50)
}
