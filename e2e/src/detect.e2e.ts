/** gatetrail detect and mask as they are run: in pipes, over large files; and the package in a browser. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { findSpans, maskSpan } from '@gatetrail/detect'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumIsThere, openBrowser, visit } from './web/browser.ts'

const root = join(import.meta.dirname, '../..')
const command = join(root, 'cli/bin/gatetrail.js')
const MiB = 1024 * 1024

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-detect-e2e-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

function gatetrail(...args: string[]): ChildProcess {
  return spawn(process.execPath, [command, ...args], { cwd: directory, stdio: 'pipe' })
}

async function outputOf(child: ChildProcess): Promise<{ text: string; code: number | null }> {
  const pieces: Buffer[] = []
  child.stdout!.on('data', (piece: Buffer) => pieces.push(piece))
  const [code] = (await once(child, 'close')) as [number | null]
  return { text: Buffer.concat(pieces).toString('latin1'), code }
}

/** Lines of a log, some with what must be found. */
function logOf(bytes: number): Buffer {
  const lines: string[] = []
  for (let index = 0, length = 0; length < bytes; index++) {
    const who =
      index % 40 === 0 ? `ann${index}@example.com paid with 4111 1111 1111 1111` : 'nobody'
    const line = `2026-11-21T22:30:${index % 60} order ${index * 7919} of ${who} took ${index % 90} ms\n`
    lines.push(line)
    length += line.length
  }
  return Buffer.from(lines.join(''))
}

/** The most memory that a process had, in MiB: of Linux. */
async function peakOf(child: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}

describe('gatetrail mask', () => {
  it('gives in a pipe what masking the whole gives', async () => {
    const bytes = logOf(2 * MiB)
    const child = gatetrail('mask')
    const output = outputOf(child)
    child.stdin!.end(bytes)
    const { text, code } = await output
    for (const span of findSpans(bytes, 0, bytes.length)) maskSpan(bytes, span)
    expect(code).toBe(0)
    expect(text === bytes.toString('latin1')).toBe(true)
    expect(text).toContain('**** **** **** ****')
  })

  it('ends quietly when nobody reads any more', async () => {
    const child = gatetrail('mask')
    const errors: Buffer[] = []
    child.stderr!.on('data', (piece: Buffer) => errors.push(piece))
    const closed = once(child, 'close')
    child.stdin!.on('error', () => {}) // EPIPE: it has ended.
    child.stdout!.once('data', () => child.stdout!.destroy())
    const line = logOf(64 * 1024)
    while (child.exitCode === null && child.stdin!.writable) {
      if (!child.stdin!.write(line)) {
        await Promise.race([once(child.stdin!, 'drain'), closed]).catch(() => {})
      }
    }
    const [code] = (await closed) as [number | null]
    expect(code).toBe(0)
    expect(Buffer.concat(errors).toString()).toBe('')
  })
})

describe('gatetrail detect', () => {
  it('needs no more memory for a file eight times as large', async () => {
    const peaks: number[] = []
    const part = logOf(4 * MiB)
    for (const parts of [4, 32]) {
      const path = join(directory, `log-${parts}`)
      await pipeline(function* () {
        for (let index = 0; index < parts; index++) yield part
      }, createWriteStream(path))
      const child = gatetrail('detect', path)
      let peak = 0
      let findings = 0
      child.stdout!.on('data', (piece: Buffer) => {
        for (const byte of piece) if (byte === 0x0a) findings++
      })
      const timer = setInterval(() => {
        void peakOf(child).then(
          (now) => (peak = Math.max(peak, now || 0)),
          () => {},
        )
      }, 50)
      await once(child, 'close')
      clearInterval(timer)
      expect(findings).toBeGreaterThan(parts * 1_000)
      peaks.push(peak)
    }
    expect(peaks[1]! / peaks[0]!).toBeLessThan(1.5)
  })

  it('reads stdin as -, beside files', async () => {
    await writeFile(join(directory, 'a.txt'), 'bob@example.com\n')
    const child = gatetrail('detect', 'a.txt', '-')
    const output = outputOf(child)
    await pipeline(createReadStream(join(directory, 'a.txt')), child.stdin!)
    const { text, code } = await output
    expect(code).toBe(0)
    const files = text.trim().split('\n').map((line) => (JSON.parse(line) as { file: string }).file) // prettier-ignore
    expect(files).toEqual(['a.txt', '-'])
  })
})

describe('the package', () => {
  async function bundle(): Promise<string> {
    const entry = join(directory, 'entry.js')
    await writeFile(
      entry,
      `import { findSpans, createRuleset, FindingStream } from ${JSON.stringify(join(root, 'detect/dist/index.js'))}
const rules = createRuleset({ off: [], custom: [{ entity: 'EMPLOYEE_ID', pattern: 'EMP-\\\\d{6}', context: [], level: 'likely' }] })
globalThis.detect = (text) => {
  const bytes = new TextEncoder().encode(text)
  const stream = new FindingStream(rules)
  const streamed = [...stream.feed(bytes.subarray(0, 20)).spans, ...stream.feed(bytes.subarray(20)).spans, ...stream.end().spans]
  return { found: findSpans(bytes, 0, bytes.length), streamed }
}
`,
    )
    await build({
      root: directory,
      logLevel: 'error',
      build: {
        outDir: join(directory, 'bundle'),
        lib: { entry, formats: ['iife'], name: 'gatetrailDetect', fileName: 'detect' },
        minify: false,
      },
    })
    const [file] = await readdir(join(directory, 'bundle'))
    return readFile(join(directory, 'bundle', file!), 'utf8')
  }

  it('bundles for a browser, without anything of Node', async () => {
    const code = await bundle()
    expect(code).not.toMatch(/node:|require\(|__vite-browser-external/)
  })

  it.skipIf(!chromiumIsThere)('finds the same in Chromium as in Node', async () => {
    const code = await bundle()
    const text = `${logOf(4096).toString()}EMP-004711 192.0.2.17 DE89370400440532013000`
    const browser = await openBrowser()
    try {
      const { page, trouble } = await visit(browser)
      await page.addScriptTag({ content: code })
      const inBrowser = await page.evaluate(
        (given) => (globalThis as unknown as { detect(of: string): unknown }).detect(given),
        text,
      )
      const bytes = new TextEncoder().encode(text)
      const found = findSpans(bytes, 0, bytes.length)
      const employee = { entity: 'EMPLOYEE_ID' }
      expect(inBrowser).toMatchObject({ found })
      expect(inBrowser).toMatchObject({
        streamed: [...found.slice(0, -2), employee, ...found.slice(-2)],
      })
      expect(trouble).toEqual([])
    } finally {
      await browser.close()
    }
  })
})
