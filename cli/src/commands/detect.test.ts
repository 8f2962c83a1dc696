/** gatetrail detect: which findings it prints, where it says they are, and how it ends. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtInRules } from '@gatetrail/detect'
import { Command } from 'commander'
import picocolors from 'picocolors'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { detectInStream, type PlacedFinding } from './detect-in-stream.ts'
import { registerDetect } from './detect.ts'

const email = 'ann@example.com'
const card = '4111 1111 1111 1111'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-detect-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))
afterEach(() => {
  process.exitCode = 0
})

async function run(...args: string[]): Promise<{ findings: unknown[]; notes: string[] }> {
  const lines: string[] = []
  const notes: string[] = []
  const program = new Command('gatetrail').exitOverride()
  registerDetect(program, {
    environment: {},
    workingDirectory: directory,
    print: (line) => lines.push(line),
    note: (line) => notes.push(line),
    colors: picocolors.createColors(false),
  })
  await program.parseAsync(['detect', '--json', ...args], { from: 'user' })
  return { findings: lines.map((line): unknown => JSON.parse(line)), notes }
}

async function findingsIn(pieces: readonly Uint8Array[]): Promise<PlacedFinding[]> {
  async function* all() {
    yield* pieces
  }
  const found: PlacedFinding[] = []
  for await (const one of detectInStream(all(), builtInRules, 'likely')) found.push(one)
  return found
}

describe('places', () => {
  const text = `ärger 👍\r\n${email}\n\n東京 ${card},${email}\n`

  /** What the offsets of a finding cut out, when the text is taken as code points. */
  const shown = (findings: readonly PlacedFinding[], of: string = text) =>
    findings.map(({ line, start, end }) => [line, [...of].slice(start, end).join('')])

  it('are lines from 1 and offsets in code points from the begin of the file', async () => {
    const findings = await findingsIn([Buffer.from(text)])
    expect(shown(findings)).toEqual([
      [2, email],
      [4, card],
      [4, email],
    ])
  })

  it('are the same however the file is read', async () => {
    const bytes = Buffer.from(text)
    const whole = await findingsIn([bytes])
    for (const size of [1, 2, 3, 5, 16]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      )
      expect(await findingsIn(pieces)).toEqual(whole)
    }
  })

  it('count what is no UTF-8 as decoders replace it', async () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0x80, 0xc3, 0x20]), Buffer.from(email)])
    const [finding] = await findingsIn([bytes])
    expect(finding).toMatchObject({ line: 1, start: 4, end: 4 + email.length })
  })
})

describe('the command', () => {
  it('prints what it found in order, with the file as it was given, and no value', async () => {
    await writeFile(join(directory, 'a.txt'), `to ${email}\n`)
    await writeFile(join(directory, 'b.txt'), `paid with ${card}`)
    const { findings } = await run('a.txt', './b.txt')
    expect(findings).toEqual([
      {
        file: 'a.txt',
        line: 1,
        start: 3,
        end: 18,
        entity: 'EMAIL',
        group: 'EMAIL',
        level: 'certain',
      },
      {
        file: './b.txt',
        line: 1,
        start: 10,
        end: 29,
        entity: 'CREDIT_CARD',
        group: 'CREDIT_CARD',
        level: 'certain',
      },
    ])
    expect(process.exitCode).toBe(0)
  })

  it('calls keys and tokens SECRET as a group', async () => {
    const key = ['gh', 'p_', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('')
    await writeFile(join(directory, 'key.txt'), `token = "${key}"\n`)
    const { findings } = await run('key.txt')
    expect(findings).toMatchObject([{ entity: 'API_KEY', group: 'SECRET' }])
  })

  it('does the other files if one can not be read, says its name, and ends with 2', async () => {
    await writeFile(join(directory, 'a.txt'), email)
    const { findings, notes } = await run('missing.txt', 'a.txt', '.')
    expect(findings).toHaveLength(1)
    expect(notes).toHaveLength(2)
    expect(notes[0]).toContain('there is no file missing.txt')
    expect(notes[1]).toContain('. cannot be read (EISDIR)')
    expect(process.exitCode).toBe(2)
  })

  it('ends with 1 if something was found and --exit-code asks for it', async () => {
    await writeFile(join(directory, 'a.txt'), email)
    await writeFile(join(directory, 'nothing.txt'), 'nothing')
    await run('--exit-code', 'nothing.txt')
    expect(process.exitCode).toBe(0)
    await run('--exit-code', 'nothing.txt', 'a.txt')
    expect(process.exitCode).toBe(1)
  })

  it('looks for what the configuration describes, and not for what is off', async () => {
    await writeFile(
      join(directory, 'gatetrail.yaml'),
      `identity: { issuers: [{ name: ci, issuer: https://ci.example.com, audience: g, principals: [{ kind: ci_job }] }] }
connections: [{ name: o, protocol: postgres, address: 127.0.0.1:1, database: o, credential: { user: a, password: { env: P } } }]
policies: [p.cedar]
detection: { off: [EMAIL], custom: [{ entity: EMPLOYEE_ID, pattern: 'EMP-\\d{6}' }] }
`,
    )
    await writeFile(join(directory, 'a.txt'), `${email} EMP-004711`)
    const { findings } = await run('--config', 'gatetrail.yaml', 'a.txt')
    expect(findings).toMatchObject([
      { entity: 'EMPLOYEE_ID', group: 'EMPLOYEE_ID', start: 16, end: 26 },
    ])
  })
})
