/** The rules of the control log, through its file transport and against objects that an attacker or an older release would write. */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  controlLimits,
  isGatetrailError,
  type ControlBody,
  type ControlObject,
  type RevocationTarget,
} from '@gatetrail/schemas'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { loadControlKey, type SigningKey } from '../signing-key.ts'
import { silentLog } from '../log.ts'
import type { ControlLog, ControlPublisher } from './control-log.ts'
import { ControlReader } from './control-reader.ts'
import { ControlState } from './control-state.ts'
import { openControlLog, openControlPublisher } from './open-control-log.ts'
import { signControlObject } from './publisher.ts'
import { loadTrustedKeys } from './trusted-keys.ts'

const hourMs = 3_600_000
let root = ''
let directory = ''
let keysDirectory = ''
const opened: ControlLog[] = []

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'gatetrail-control-'))
  directory = path.join(root, 'control')
  keysDirectory = path.join(root, 'keys')
})
afterEach(async () => {
  for (const log of opened.splice(0)) await log.close()
  await rm(root, { recursive: true, force: true })
})

const options = () => ({ trustedKeys: [], keysDirectory, directory, log: silentLog })
async function openReader(): Promise<ControlLog> {
  const log = await openControlLog(options())
  opened.push(log)
  return log
}
async function openPublisher(): Promise<ControlPublisher> {
  const { log, publisher } = await openControlPublisher(options())
  opened.push(log)
  return publisher
}

const alice: RevocationTarget = { type: 'subject', issuer: 'ci', subject: 'alice' }
function revocation(over: Partial<ControlObject> = {}, body: Partial<ControlBody> = {}) {
  const now = Date.now()
  return {
    id: `revocation/${randomUUID()}`,
    version: 1,
    issuedAtMs: now,
    notAfterMs: now + hourMs,
    ...over,
    body: {
      kind: 'revocation',
      action: 'revoke',
      target: alice,
      refuseUntilMs: now + hourMs,
      reason: 'left the company',
      by: 'local',
      ...body,
    },
  } as ControlObject
}
async function publish(publisher: ControlPublisher, object = revocation()): Promise<ControlObject> {
  const prepared = publisher.prepare(object)
  await publisher.publish(prepared)
  return prepared.object
}
/** What lies in the directory after it, as anybody with the right to write there could put it. */
function plant(object: ControlObject, envelope: Uint8Array | string): Promise<void> {
  const name = `${object.id.replace('/', '.')}.${object.version}.json`
  return writeFile(path.join(directory, name), envelope)
}
const patience = { timeout: 30_000, interval: 10 }

test('what is published reaches a reader that is open already, and one that opens later', async () => {
  const reader = await openReader()
  const seen: string[] = []
  reader.onChange(({ id }) => seen.push(id))
  const publisher = await openPublisher()
  const { id } = await publish(publisher)
  await vi.waitFor(() => expect(seen).toEqual([id]), patience)
  const late = await openReader()
  expect([...late.objects()].map((object) => object.id)).toEqual([id])
  expect(late.get(id)?.body).toMatchObject({ kind: 'revocation', target: alice })
})

test('a version is superseded by a higher one only, whichever is read first', async () => {
  const publisher = await openPublisher()
  const first = await publish(publisher)
  const stale = await readFile(
    path.join(directory, (await readdir(directory)).find((name) => name.endsWith('.1.json')) ?? ''),
  )
  const lifted = publisher.prepare({
    id: first.id,
    notAfterMs: first.notAfterMs,
    body: { kind: 'revocation_lifted', target: alice, reason: 'a mistake', by: 'local' },
  })
  await publisher.publish(lifted)
  expect((await readdir(directory)).filter((name) => name.includes('.1.'))).toEqual([])
  const reader = await openReader()
  expect(reader.get(first.id)?.version).toBe(2)
  await plant(first, stale)
  await vi.waitFor(() => expect(reader.status().refused).toEqual({ superseded: 1 }), patience)
  expect(reader.get(first.id)?.body.kind).toBe('revocation_lifted')
})

test('nothing is applied that no trusted key signed, or that was changed after it was signed', async () => {
  await openPublisher()
  const reader = await openReader()
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const stranger: SigningKey = {
    privateKey,
    publicKey: publicKey.export({ format: 'jwk' }).x ?? '',
  }
  const trusted = await loadControlKey(keysDirectory)
  const object = revocation()
  const good = JSON.parse(Buffer.from(signControlObject(object, trusted)).toString()) as Record<
    'payload' | 'key' | 'signature',
    string
  >
  const plain = Buffer.from(JSON.stringify(object))
  const otherPayload = Buffer.from(JSON.stringify(revocation())).toString('base64url')
  const unsigned = { payload: good.payload, key: good.key }
  // The same bytes, signed by the right key for something else.
  const elsewhere = sign(null, plain, trusted.privateKey).toString('base64url')
  const forged: [envelope: string, reason: string][] = [
    [JSON.stringify(object), 'malformed'],
    [JSON.stringify(unsigned), 'malformed'],
    [JSON.stringify({ ...good, more: 1 }), 'malformed'],
    ['', 'malformed'],
    [Buffer.from(signControlObject(object, stranger)).toString(), 'unknown_key'],
    [JSON.stringify({ ...good, key: stranger.publicKey }), 'unknown_key'],
    [JSON.stringify({ ...good, payload: otherPayload }), 'bad_signature'],
    [JSON.stringify({ ...good, signature: elsewhere }), 'bad_signature'],
    [JSON.stringify({ ...good, payload: 'A'.repeat(controlLimits.objectBytesMax) }), 'too_long'],
  ]
  const expected: Record<string, number> = {}
  for (const [index, [envelope, reason]] of forged.entries()) {
    await plant({ ...object, version: index + 1 }, envelope)
    expected[reason] = (expected[reason] ?? 0) + 1
  }
  await vi.waitFor(() => expect(reader.status().refused).toEqual(expected), patience)
  expect([...reader.objects()]).toEqual([])
  await plant({ ...object, version: 99 }, JSON.stringify(good))
  await vi.waitFor(() => expect(reader.get(object.id)).toBeDefined(), patience)
})

test('a signed object is refused that is over, for too long, of an unknown kind, or under the id of another kind', async () => {
  const key = await loadControlKey(keysDirectory)
  const keys = await loadTrustedKeys([], keysDirectory)
  const state = new ControlState((name) => keys.find(name))
  const offer = (object: ControlObject): string => {
    const outcome = state.offer(signControlObject(object, key))
    return outcome.kind === 'refused' ? outcome.reason : outcome.kind
  }
  const now = Date.now()
  expect(offer(revocation({ notAfterMs: now - 1 }))).toBe('expired')
  expect(offer(revocation({ notAfterMs: now + 400 * 24 * hourMs }))).toBe('lifetime_too_long')
  expect(offer(revocation({ id: `grant/${randomUUID()}` }))).toBe('wrong_id')
  const grant: object = { kind: 'grant', to: 'everybody' }
  expect(offer({ ...revocation(), body: grant as ControlBody })).toBe('unknown_kind')
  expect(offer(revocation({}, { reason: 'x'.repeat(501) }))).toBe('malformed')
  expect(offer(revocation({ version: 0 }))).toBe('malformed')
  expect([...state.objects()]).toEqual([])
  expect(offer(revocation())).toBe('accepted')
})

test('a revocation is lifted by a version that says so, and weakened by no other', async () => {
  const key = await loadControlKey(keysDirectory)
  const keys = await loadTrustedKeys([], keysDirectory)
  const state = new ControlState((name) => keys.find(name))
  const first = revocation()
  const offer = (over: Partial<ControlObject>, body: Partial<ControlBody> = {}): string => {
    const later = { ...first, version: 2, ...over }
    const envelope = signControlObject(
      { ...later, body: { ...later.body, ...body } as ControlBody },
      key,
    )
    const outcome = state.offer(envelope)
    return outcome.kind === 'refused' ? outcome.reason : outcome.kind
  }
  expect(offer({ version: 1 })).toBe('accepted')
  expect(offer({ version: 1 })).toBe('known')
  expect(offer({ version: 1 }, { reason: 'another reason' })).toBe('superseded')
  const bob: RevocationTarget = { type: 'subject', issuer: 'ci', subject: 'bob' }
  expect(offer({}, { target: bob })).toBe('weakens_revocation')
  expect(offer({}, { action: 'kill' })).toBe('weakens_revocation')
  expect(offer({}, { refuseUntilMs: first.issuedAtMs })).toBe('weakens_revocation')
  expect(offer({ notAfterMs: first.notAfterMs - 1 })).toBe('weakens_revocation')
  const lifted: ControlBody = {
    kind: 'revocation_lifted',
    target: alice,
    reason: 'a mistake',
    by: 'local',
  }
  expect(offer({ body: { ...lifted, target: bob } })).toBe('weakens_revocation')
  expect(offer({ body: lifted, notAfterMs: first.notAfterMs - 1 })).toBe('weakens_revocation')
  expect(state.get(first.id)?.version).toBe(1)
  expect(offer({ body: lifted })).toBe('accepted')
  expect(offer({ version: 1 })).toBe('superseded')
})

test('a step of the wall clock ends no revocation early and lengthens no token', async () => {
  const key = await loadControlKey(keysDirectory)
  const keys = await loadTrustedKeys([], keysDirectory)
  const start = Date.now()
  let wall = start
  let monotonic = 0
  const state = new ControlState((name) => keys.find(name), {
    wallMs: () => wall,
    monotonicMs: () => monotonic,
  })
  const sha256 = 'ab'.repeat(32)
  const token: ControlObject = {
    id: `reference-token/${sha256}`,
    version: 1,
    issuedAtMs: start,
    notAfterMs: start + 60_000,
    body: { kind: 'reference_token', sha256, principal: 'ci#alice', oneUse: true },
  }
  const revoked = revocation({ issuedAtMs: start, notAfterMs: start + 60_000 })
  state.offer(signControlObject(token, key))
  state.offer(signControlObject(revoked, key))
  wall += 24 * hourMs
  expect(state.get(revoked.id)).toBeDefined()
  wall -= 48 * hourMs
  monotonic = 59_999
  expect(state.get(token.id)?.body).toMatchObject({ sha256, principal: 'ci#alice' })
  monotonic = 60_000
  expect(state.get(token.id)).toBeUndefined()
  expect(state.expire().map(({ id }) => id)).toEqual([token.id, revoked.id])
  expect(state.size).toBe(0)
})

test('a reference token stands only under the hash that it is about', async () => {
  const publisher = await openPublisher()
  const sha256 = 'cd'.repeat(32)
  const body: ControlBody = { kind: 'reference_token', sha256, principal: 'ci#alice', oneUse: true }
  const notAfterMs = Date.now() + 60_000
  await publisher.publish(publisher.prepare({ id: `reference-token/${sha256}`, notAfterMs, body }))
  const reader = await openReader()
  expect(reader.get(`reference-token/${sha256}`)?.body).toEqual(body)
  const other = `reference-token/${'ef'.repeat(32)}`
  expect(() => publisher.prepare({ id: other, notAfterMs, body })).toThrow(/not a valid object/)
})

test('a file that is there in part is never read as an object, and is read when it is whole', async () => {
  const publisher = await openPublisher()
  const { id } = await publish(publisher)
  const file = path.join(directory, (await readdir(directory))[0] ?? '')
  const whole = await readFile(file)
  for (const length of [0, 1, whole.length >> 1, whole.length - 3]) {
    await truncate(file, length)
    const reader = await openReader()
    expect([...reader.objects()]).toEqual([])
    expect(reader.status().refused).toEqual({ malformed: 1 })
  }
  const reader = opened.at(-1)
  await writeFile(file, whole)
  await vi.waitFor(() => expect(reader?.get(id)).toBeDefined(), patience)
})

test('the age of the contact grows while the log cannot be read, and falls when it can again', async () => {
  const reader = await openReader()
  await vi.waitFor(() => expect(reader.contactAgeMs()).toBeLessThan(1_000), patience)
  await rm(directory, { recursive: true })
  await vi.waitFor(() => expect(reader.contactAgeMs()).toBeGreaterThan(300), patience)
  expect(reader.status().lastError).toContain('ENOENT')
  await openPublisher()
  await vi.waitFor(() => expect(reader.contactAgeMs()).toBeLessThan(300), patience)
  expect(reader.status().lastError).toBeUndefined()
})

test('contact counts from when the log was asked, not from when a process that was stopped finds the answer', async () => {
  let monotonicMs = 0
  const time = { wallMs: () => 0, monotonicMs: () => monotonicMs }
  const reader = new ControlReader(await loadTrustedKeys([], directory), silentLog, time)
  const askedMs = 1_000
  monotonicMs = 7_200_000
  reader.contact(askedMs)
  expect(reader.contactAgeMs()).toBe(monotonicMs - askedMs)
  reader.contact(7_199_000)
  reader.contact(askedMs)
  expect(reader.contactAgeMs()).toBe(1_000)
  reader.close()
})

test('a key in the data directory counts as soon as it is there; without Kafka the log opens without any', async () => {
  const reader = await openReader()
  const publisher = await openPublisher()
  const { id } = await publish(publisher)
  await vi.waitFor(() => expect(reader.get(id)).toBeDefined(), patience)
})

test('with Kafka somebody must be trusted', async () => {
  const kafka = { brokers: ['127.0.0.1:1'], clientId: 'x', compression: 'none' as const, consumerGroup: 'x', partitions: 1, replicationFactor: 1, retentionHours: 1 } // prettier-ignore
  const error: unknown = await openControlLog({ ...options(), kafka }).catch((cause) => cause)
  expect(isGatetrailError(error) && error.code).toBe('CONFIG_INVALID')
})

test('two publishes of one id at the same time leave one version in force', async () => {
  const publisher = await openPublisher()
  const object = revocation()
  const both = [publisher.prepare(object), publisher.prepare({ ...object, notAfterMs: object.notAfterMs + 1 })] // prettier-ignore
  const results = await Promise.allSettled(both.map((prepared) => publisher.publish(prepared)))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  const reader = await openReader()
  expect(reader.get(object.id)?.notAfterMs).toBe(object.notAfterMs)
})

test('a saved question is changed and deleted by a higher version, ends earlier then, and never stands where a revocation does', async () => {
  const key = await loadControlKey(keysDirectory)
  const keys = await loadTrustedKeys([], keysDirectory)
  const state = new ControlState((name) => keys.find(name))
  const offer = (object: ControlObject, by = key): string => {
    const outcome = state.offer(signControlObject(object, by))
    return outcome.kind === 'refused' ? outcome.reason : outcome.kind
  }
  const body = {
    kind: 'saved_question' as const,
    name: 'columns',
    address: '/touches?by=place',
    by: 'corp#kim',
  }
  const deleted: ControlBody = { kind: 'saved_question_deleted', by: 'local' }
  const first = { ...revocation(), id: `saved-question/${randomUUID()}`, version: 2, body }
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const stranger = { privateKey, publicKey: publicKey.export({ format: 'jwk' }).x ?? '' }
  expect(offer(first, stranger)).toBe('unknown_key')
  expect(offer({ ...first, notAfterMs: Date.now() + 367 * 24 * hourMs })).toBe('lifetime_too_long')
  expect(offer({ ...first, id: `revocation/${randomUUID()}` })).toBe('wrong_id')
  expect(offer({ ...revocation(), id: first.id })).toBe('wrong_id')
  expect(offer({ ...first, body: { ...body, address: 'https://evil.example' } })).toBe('malformed')
  expect(offer(first)).toBe('accepted')
  expect(offer({ ...first, version: 1 })).toBe('superseded')
  expect(offer({ ...first, body: { ...body, name: 'other' } })).toBe('superseded')
  const ending = { ...first, version: 3, notAfterMs: first.notAfterMs - 1_000, body: deleted }
  expect(offer(ending)).toBe('accepted')
  expect(offer(first)).toBe('superseded')
  expect(state.get(first.id)?.body.kind).toBe('saved_question_deleted')
})
