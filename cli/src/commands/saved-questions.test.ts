/** Saved questions: over HTTP, on the control log, and on record. */
import { createClient, questionsApi, type Client, type SavedQuestion } from '@gatetrail/replay-api'
import { controlLimits, type Principal } from '@gatetrail/schemas'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestPlatform, type TestPlatform } from './testing/test-platform.ts'

const person = (subject: string, group: string): Principal => ({
  kind: 'human',
  issuer: 'corp',
  subject,
  groups: [group],
})
let platform: TestPlatform
let kim: Client
let lee: Client
let admin: Client
let approver: Client

beforeAll(async () => {
  platform = await startTestPlatform([], undefined, {
    kim: person('kim', 'auditors'),
    lee: person('lee', 'auditors'),
    admin: person('ada', 'platform'),
    approver: person('dan', 'dba'),
  })
  const as = (token: string) =>
    createClient({ base: `http://${platform.replay.address}`, token, unreachableHint: '' })
  kim = as('kim')
  lee = as('lee')
  admin = as('admin')
  approver = as('approver')
}, 60_000)
afterAll(() => platform?.close())

const address = '/touches?by=place&principal=corp%23kim%40example.com'
async function save(
  by: Client,
  body: { name?: string; address?: string; id?: string } = {},
): Promise<SavedQuestion> {
  const asked = { body: { name: 'columns of a month', address, ...body } }
  return (await by.ask(questionsApi.saveQuestion, asked)).question
}
const list = async (by: Client): Promise<SavedQuestion[]> =>
  (await by.ask(questionsApi.questions, {})).questions
const remove = (by: Client, id: string) => by.ask(questionsApi.deleteQuestion, { params: { id } })

it('are saved for everybody who may read, and changed and deleted by who saved them or an admin', async () => {
  const saved = await save(kim)
  expect(saved).toMatchObject({ address, by: 'corp#kim', mine: true, version: 1 })
  const kept = Date.parse(saved.notAfter) - Date.parse(saved.saved)
  expect(kept).toBeLessThanOrEqual(controlLimits.lifetimeMsMax)
  expect(kept).toBeGreaterThan(360 * 86_400_000)
  expect(await list(lee)).toMatchObject([{ id: saved.id, mine: false }])
  await expect(save(lee, { id: saved.id, name: 'mine now' })).rejects.toMatchObject({ status: 403 })
  await expect(remove(lee, saved.id)).rejects.toMatchObject({ status: 403 })
  const changed = await save(kim, { id: saved.id, name: 'columns of a year' })
  expect(changed).toMatchObject({ id: saved.id, version: 2, name: 'columns of a year' })
  expect(await save(admin, { id: saved.id })).toMatchObject({ version: 3, by: 'corp#kim' })
  expect(await lee.ask(questionsApi.openQuestion, { params: { id: saved.id } })).toMatchObject({
    question: { address, version: 3 },
  })
  expect(await remove(admin, saved.id)).toEqual({ ok: true })
  expect(await list(kim)).toEqual([])
  await expect(remove(kim, saved.id)).rejects.toMatchObject({ status: 404 })
  await expect(save(kim, { id: saved.id })).rejects.toMatchObject({ status: 404 })
})

it('are for nobody without a right to read', async () => {
  await expect(list(approver)).rejects.toMatchObject({ status: 403 })
  await expect(save(approver)).rejects.toMatchObject({ status: 403 })
  await expect(remove(approver, crypto.randomUUID())).rejects.toMatchObject({ status: 403 })
})

it('are refused when they are no page of ours, too long or without a name', async () => {
  for (const body of [
    { address: 'https://evil.example/touches' },
    { address: '//evil.example' },
    { address: '/api/sessions' },
    { address: '/search?q=219-09-9991' },
    { address: `/touches?place=${'x'.repeat(controlLimits.questionAddressCharactersMax)}` },
    { name: 'x'.repeat(controlLimits.questionNameCharactersMax + 1) },
    { name: ' ' },
  ])
    await expect(save(kim, body)).rejects.toMatchObject({ status: 400, code: 'REQUEST_INVALID' })
  expect(await list(kim)).toEqual([])
})

it('are on record with who, and a value of a person in a name is masked everywhere', async () => {
  const saved = await save(kim, { name: 'who saw 219-09-9991' })
  expect(saved.name).not.toContain('219-09')
  await platform.ingest.idle()
  const result = await platform.store.read.query({
    query: `SELECT body FROM events WHERE kind = 'gatetrail.control.published' ORDER BY time`,
    format: 'TabSeparatedRaw',
  })
  const bodies = (await result.text()).trim().split('\n')
  expect(JSON.parse(bodies.at(-1)!)).toMatchObject({
    object: `saved-question/${saved.id}`,
    version: 1,
    who: 'corp#kim',
  })
  expect([...bodies, ...platform.logged].join()).not.toContain('219-09')
})
