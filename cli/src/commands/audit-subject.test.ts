/** Who touched a value: from the record through ingest, chDB and the API to the command. */
import { Readable } from 'node:stream'
import { Fingerprinter } from '@gatetrail/detect'
import { createSessionStamp } from '@gatetrail/eventlog'
import type { Touch } from '@gatetrail/schemas'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { registerAuditSubject } from './audit-subject.ts'
import {
  ciJob,
  localToken,
  startTestPlatform,
  written,
  type TestPlatform,
} from './testing/test-platform.ts'

const oldKey = { id: 'k2025', key: new Uint8Array(32).fill(5) }
const newKey = { id: 'k2026', key: new Uint8Array(32).fill(6) }
const value = '219-09-9991'
let platform: TestPlatform
const sessions: string[] = []

beforeAll(async () => {
  platform = await startTestPlatform([newKey, oldKey])
  for (const [subject, key, outcome] of [
    ['repo:acme/train', oldKey, 'masked'],
    ['repo:acme/report', newKey, 'revealed'],
  ] as const) {
    const stamp = createSessionStamp()
    sessions.push(stamp.id)
    const { proxy } = platform
    const add = (kind: Parameters<typeof proxy.append>[0], body: object) =>
      proxy.append(kind, stamp, JSON.stringify(body))
    add('gatetrail.session.opened', {
      principal: { ...ciJob, subject }, connection: 'orders', protocol: 'postgres', clientAddress: '127.0.0.1:5000',
      clientTls: false, requestedUser: 'postgres', policySet: 'aa', policies: ['allow'],
    }) // prettier-ignore
    const fingerprints = Buffer.from(new Fingerprinter(key.key).of('US_SSN', value)!)
    const touch: Touch = {
      place: 'public.people.ssn', entity: 'US_SSN', outcome, level: 'certain', count: 12,
      fingerprints: fingerprints.toString('base64url'), unfingerprinted: 4,
    } // prettier-ignore
    add('gatetrail.pii.touched', {
      statement: 1, startedMicros: Date.now() * 1000, connection: 'orders', ruleset: 'test',
      fingerprintKey: key.id, touches: [touch],
    }) // prettier-ignore
    await written(proxy, stamp)
  }
  await platform.ingest.idle()
}, 60_000)
afterAll(() => platform.close())

type Answered = {
  principal: { id: string }
  touches: { session: string; key: string; outcome: string }[]
}

const ask = (typed: string, ...words: string[]) =>
  platform.run(
    (program, context) =>
      registerAuditSubject(program.command('audit'), context, Readable.from([typed])),
    'audit',
    'subject',
    ...words,
  )

it('names every run that touched the value, whichever key was in use then and however it is typed', async () => {
  for (const [typed, ...words] of [
    [`${value}\n`, '--entity', 'US_SSN'],
    ['219099991'],
    [' 219 09 9991', '--since', '1h'],
  ] as const) {
    const { lines, error } = await ask(typed, ...words, '--json')
    expect(error).toBeUndefined()
    const runs = lines.map((line): Answered => JSON.parse(line))
    expect(runs.map(({ principal }) => principal.id).sort()).toEqual([
      'ci#repo:acme/report',
      'ci#repo:acme/train',
    ])
    const touches = runs.flatMap((run) => run.touches)
    expect(touches.map(({ session }) => session).sort()).toEqual([...sessions].sort())
    expect(touches.map(({ key, outcome }) => `${key} ${outcome}`).sort()).toEqual([
      'k2025 masked',
      'k2026 revealed',
    ])
  }
})

it('finds nothing for another value, another entity or another time, and says what has no fingerprint', async () => {
  for (const [typed, ...words] of [
    ['219-09-9992', '--entity', 'US_SSN'],
    [value, '--entity', 'EMAIL'],
    [value, '--until', '1d'],
  ] as const)
    expect((await ask(typed, ...words)).lines).toEqual(['No run touched this value'])
  const { notes } = await ask('219-09-9992', '--entity', 'US_SSN')
  expect(notes.join()).toContain('8 values of 2 statements of that time have no fingerprint')
})

it('says when fingerprints of that time were made with a key that it does not have', async () => {
  const { proxy } = platform
  expect((await ask('219-09-9992', '--since', '1h')).notes.join()).not.toContain('keys that replay')
  const stamp = createSessionStamp()
  const lost = new Fingerprinter(new Uint8Array(32).fill(7)).of('US_SSN', '219-09-9992')!
  const body = {
    ...{ statement: 1, startedMicros: Date.now() * 1000, connection: 'orders', ruleset: 'test' },
    fingerprintKey: 'k2024',
    touches: [
      {
        ...{ place: 'result', entity: 'US_SSN', outcome: 'masked', level: 'certain', count: 1 },
        fingerprints: Buffer.from(lost).toString('base64url'),
      },
    ],
  }
  proxy.append('gatetrail.pii.touched', stamp, JSON.stringify(body))
  await written(proxy, stamp)
  await platform.ingest.idle()
  const { lines, notes } = await ask('219-09-9992', '--since', '1h')
  expect(lines).toEqual(['No run touched this value'])
  expect(notes.join()).toContain('keys that replay does not have (k2024)')
})

it('puts each ask on record, and the value nowhere', async () => {
  await ask(value, '--entity', 'US_SSN')
  await platform.ingest.idle()
  const result = await platform.store.read.query({
    query: `SELECT body FROM events WHERE kind = 'gatetrail.audit.read' AND body LIKE '%"question":"subject"%' ORDER BY time, seq`,
    format: 'TabSeparated',
  })
  const bodies = (await result.text()).trim().split('\n')
  expect(JSON.parse(bodies.at(-1)!)).toMatchObject({
    who: 'local',
    parameters: { entity: 'US_SSN', keys: 'k2026 k2025' },
  })
  const all = await platform.store.read.query({
    query: `SELECT count() AS found FROM records WHERE position(bytes, '${value}') > 0 OR position(bytes, '219099991') > 0`,
    format: 'TabSeparated',
  })
  expect((await all.text()).trim()).toBe('0')
  expect(platform.logged.join()).not.toMatch(/219-?09-?9991/)
})

it('refuses what is no question without repeating it', async () => {
  const response = await fetch(`http://${platform.replay.address}/api/subject`, {
    method: 'POST',
    headers: { authorization: `Bearer ${localToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ value, entity: value }),
  })
  expect(response.status).toBe(400)
  expect(await response.text()).not.toContain('219')
  expect((await ask('', '--entity', 'US_SSN')).error).toMatchObject({ code: 'USAGE' })
})

it('answers a caller no more than 30 times a minute', async () => {
  const errors: unknown[] = []
  for (let asked = 0; asked < 32; asked++) errors.push((await ask('219-09-9993')).error)
  expect(errors.at(-1)).toMatchObject({ code: 'API_UNAUTHENTICATED' })
  expect(String(errors.at(-1))).toContain('too many values asked for by this caller')
})
