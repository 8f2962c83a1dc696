/** gatetrail mask: what comes out, and when. */
import { PassThrough, Writable } from 'node:stream'
import { builtInRules, FindingStream, maskSpan } from '@gatetrail/detect'
import { expect, it } from 'vitest'
import { maskInput } from './mask.ts'

const card = '4111 1111 1111 1111'

function stream(): FindingStream {
  return new FindingStream(builtInRules, {
    mask(bytes) {
      maskSpan(bytes, { start: 0, end: bytes.length })
      return bytes
    },
  })
}

class Collected extends Writable {
  text = ''
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('latin1')
    done()
  }
}

async function waitFor(condition: () => boolean): Promise<void> {
  const until = performance.now() + 10_000
  while (!condition() && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  expect(condition()).toBe(true)
}

it('masks findings and leaves every other byte as it is', async () => {
  const input = new PassThrough()
  const output = new Collected()
  const bytes = Buffer.from([...Buffer.from(`a\0\xff ${card} b\r\n`, 'latin1')])
  for (const byte of bytes) input.write(Buffer.from([byte]))
  input.end()
  await maskInput(input, stream(), output, 60_000)
  expect(output.text).toBe('a\0\xff **** **** **** **** b\r\n')
})

it('lets a line go on when it is whole, though nothing comes after it', async () => {
  const input = new PassThrough()
  const output = new Collected()
  const done = maskInput(input, stream(), output, 60_000)
  input.write(`paid with ${card}\nThe next`)
  await waitFor(() => output.text.startsWith('paid with **** **** **** ****\n'))
  input.end()
  await done
})

it('lets a prompt go on after the wait, and says what it knew too late', async () => {
  const input = new PassThrough()
  const output = new Collected()
  const done = maskInput(input, stream(), output, 20)
  input.write('card: 4111 1111')
  await waitFor(() => output.text === 'card: 4111 1111')
  input.write(' 1111 1111\n')
  await waitFor(() => output.text.endsWith('\n'))
  expect(output.text).not.toContain(' 1111 1111\n')
  input.end()
  expect(await done).toBe(1)
})
