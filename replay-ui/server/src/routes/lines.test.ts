import { expect, it } from 'vitest'
import { Lines } from './lines.ts'

async function read(lines: Lines): Promise<{ type: string; records?: number }[]> {
  const all: { type: string; records?: number }[] = []
  for await (const line of lines) all.push(JSON.parse(line))
  return all
}

it('keep every failure and the summary for a client that reads late, and the newest progress before them', async () => {
  const lines = new Lines()
  lines.run(
    () => {
      lines.write({ type: 'failure' })
      for (let records = 0; records < 50_000; records++) {
        const progress = { type: 'progress', records }
        lines.write(progress)
      }
      lines.write({ type: 'failure' })
      return Promise.resolve()
    },
    () => ({ type: 'summary' }),
  )
  await new Promise((resolve) => setImmediate(resolve))
  expect((await read(lines)).map(({ type }) => type)).toEqual(['failure', 'failure', 'summary'])
})

it('say the newest of the progress that waits', async () => {
  const lines = new Lines()
  for (const records of [1, 2, 3]) {
    const progress = { type: 'progress', records }
    lines.write(progress)
  }
  for await (const line of lines) {
    expect(JSON.parse(line)).toEqual({ type: 'progress', records: 3 })
    break
  }
})

it('end without a summary for a client that leaves too many failures unread', async () => {
  const lines = new Lines()
  lines.run(
    () => {
      for (let failures = 0; failures < 20_001; failures++) lines.write({ type: 'failure' })
      return Promise.resolve()
    },
    () => ({ type: 'summary' }),
  )
  await expect(read(lines)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
})
