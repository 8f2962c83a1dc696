/** What goes on record of a look, and which saved questions a caller of some connections sees. Over real HTTP. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestReplay, type TestReplay } from '../testing/start-test-replay.ts'
import { fillTrail, own } from '../testing/trail-of-two-connections.ts'

let replay: TestReplay

beforeAll(async () => {
  replay = await startTestReplay()
  await fillTrail(replay.read)
}, 60_000)
afterAll(() => replay?.close())

async function ask(token: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const init = body && { method: 'POST', body: JSON.stringify(body) }
  const response = await fetch(replay.base + path, { headers, ...init })
  return { status: response.status, answer: JSON.parse(await response.text()) }
}

it('is the time that was looked at, also where a cursor brought it', async () => {
  const first = await ask('auditor', `/api/touches?by=run&from=${own.from}&to=${own.to}&limit=1`)
  expect(first.answer.nextCursor).toEqual(expect.any(String))
  replay.reads.length = 0
  const cursor = encodeURIComponent(first.answer.nextCursor)
  await ask('auditor', `/api/touches?by=run&limit=1&cursor=${cursor}`)
  expect(replay.reads).toMatchObject([
    {
      question: 'touches',
      parameters: { from: new Date(own.from).toISOString(), to: new Date(own.to).toISOString() },
    },
  ])
})

it('is shown of saved questions to a caller of some connections: their own', async () => {
  const save = async (token: string, name: string) => {
    const { status, answer } = await ask(token, '/api/questions', { name, address: '/touches' })
    expect(status).toBe(201)
    return answer.question.id as string
  }
  const theirs = await save('scoped', 'ours in the EU')
  const others = await save('admin', 'the bank in the US')
  const shown = async (token: string) =>
    (await ask(token, '/api/questions')).answer.questions.map(({ id }: { id: string }) => id)
  expect(await shown('scoped')).toEqual([theirs])
  expect((await shown('auditor')).sort()).toEqual([theirs, others].sort())
  expect((await ask('scoped', `/api/questions/${others}/open`, {})).status).toBe(404)
  expect((await ask('scoped', `/api/questions/${theirs}/open`, {})).status).toBe(200)
})
