/** What is not as it should be, in a sentence each, with what to do about it. Pure. */
import type { Finding, Health } from '@gatetrail/replay-api'

type Known = Omit<Health, 'findings' | 'at'>

const lagMsWarned = 60_000
const lagMsUrgent = 600_000
const freeShareMin = 0.1
const contactMsWarned = 30_000

/** The worst first. `leaseSeconds`: how long proxies go on without the control log. */
export function findingsOf(known: Known, leaseSeconds: number): Finding[] {
  const findings = [
    ...ofStore(known),
    ...ofIngest(known),
    ...ofWriters(known),
    ...ofGaps(known),
    ...ofDeadLetters(known),
    ...ofJournal(known),
    ...ofControl(known, leaseSeconds),
  ]
  return findings.sort(
    (left, right) => Number(right.level === 'danger') - Number(left.level === 'danger'),
  )
}

function ofStore({ store }: Known): Finding[] {
  const part = 'store'
  if (store === null) {
    return [
      {
        ...{ part, level: 'danger' },
        what: 'The event store does not answer: nothing new is seen here, and questions fail.',
        todo: 'Look at ClickHouse, or in embedded mode at the log of the audit process. Nothing is lost: records wait in the journals or in Kafka.',
      },
    ]
  }
  return (store.disks ?? [])
    .filter(({ freeBytes, totalBytes }) => freeBytes < totalBytes * freeShareMin)
    .map(({ name }) => ({
      ...{ part, level: 'danger' },
      what: `The disk ${name} of the event store is more than nine tenths full.`,
      todo: 'Add space, or keep records for fewer days (retention in gatetrail.yaml).',
    }))
}

function ofIngest({ ingest }: Known): Finding[] {
  const { storeError, lagMs } = ingest
  if (storeError !== null) {
    return [
      {
        ...{ part: 'ingest', level: 'danger' },
        what: `Records do not get into the event store: ${storeError}`,
        todo: 'Look at the event store and at Kafka. Records wait, up to journal.bytesMax and the retention of Kafka.',
      },
    ]
  }
  if (lagMs === null || lagMs < lagMsWarned) return []
  return [
    {
      ...{ part: 'ingest', level: lagMs < lagMsUrgent ? 'warning' : 'danger' },
      what: `The event store is ${minutes(lagMs)} behind what is on record: answers about that time are not complete.`,
      todo: 'Wait if there was much at once; if it grows, give ingest more CPU, or start another one.',
    },
  ]
}

function ofWriters({ writers }: Known): Finding[] {
  const silent = writers.filter(({ state }) => state === 'silent')
  if (silent.length === 0) return []
  const names = silent.map(
    ({ instance, role, writer }) => `${role ?? 'process'} ${instance ?? writer}`,
  )
  return [
    {
      ...{ part: 'writers', level: 'danger' },
      what: `${silent.length === 1 ? 'A process' : `${silent.length} processes`} stopped writing without a word: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}.`,
      todo: 'Look whether it runs, and whether it reaches Kafka. Its journal holds what was not shipped: start it again on the same volume.',
    },
  ]
}

function ofGaps({ gaps }: Known): Finding[] {
  if (gaps.lastDay === 0) return []
  return [
    {
      ...{ part: 'gaps', level: 'danger' },
      what: `${gaps.lastDay === 1 ? 'A gap was' : `${gaps.lastDay} gaps were`} found in the last day: records are missing or damaged.`,
      todo: 'Run gatetrail verify: it names each with its writer and positions. A journal that is still there fills it: start its process again.',
    },
  ]
}

function ofDeadLetters({ deadLetters }: Known): Finding[] {
  const open = deadLetters.reduce((sum, letters) => sum + letters.open, 0)
  if (open === 0) return []
  return [
    {
      ...{ part: 'dead_letters', level: 'warning' },
      what: `${open === 1 ? 'A record' : `${open} records`} could not be stored and ${open === 1 ? 'was' : 'were'} set aside (${deadLetters.map(({ reason }) => reason).join(', ')}).`,
      todo: 'Update ingest if they are of a newer release, then run gatetrail ingest redrive.',
    },
  ]
}

function ofJournal({ journal }: Known): Finding[] {
  if (journal === null) return []
  const part = 'journal'
  if (journal.lastError !== null && !journal.accepting) {
    return [
      {
        ...{ part, level: 'danger' },
        what: `The journal of this process can't be written (${journal.lastError}): no question is answered, since no look could be put on record.`,
        todo: 'Look at the disk below dataDir: space, mount, rights.',
      },
    ]
  }
  if (!journal.spaceLow && journal.backlogBytes < journal.bytesMax / 2) return []
  return [
    {
      ...{ part, level: 'warning' },
      what: journal.spaceLow
        ? 'The disk below dataDir has little space left: soon no session is let in.'
        : 'More than half of the journal waits to be taken over: large sessions are slowed.',
      todo: 'Give dataDir more space, and look why records are not taken over: ingest or Kafka.',
    },
  ]
}

function ofControl({ control }: Known, leaseSeconds: number): Finding[] {
  const part = 'control'
  const refused = Object.values(control.refused).reduce((sum, count) => sum + count, 0)
  const findings: Finding[] = []
  if (control.contactAgeMs === null || control.contactAgeMs > contactMsWarned) {
    const since =
      control.contactAgeMs === null
        ? 'has not been read yet'
        : `was last read ${minutes(control.contactAgeMs)} ago`
    findings.push({
      ...{ part, level: 'danger' },
      what: `The control log ${since}: revocations may not arrive.`,
      todo: `Look at Kafka, or at dataDir/control. Proxies without it end their sessions after ${minutes(leaseSeconds * 1_000)}.`,
    })
  }
  if (refused > 0) {
    findings.push({
      ...{ part, level: 'warning' },
      what: `${refused === 1 ? 'An object' : `${refused} objects`} of the control log ${refused === 1 ? 'was' : 'were'} not applied here (${Object.keys(control.refused).join(', ')}).`,
      todo: 'An unknown key: add it to control.trustedKeys, if it is one of yours. Anything else was not made by this release: look who writes there.',
    })
  }
  return findings
}

function minutes(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}
