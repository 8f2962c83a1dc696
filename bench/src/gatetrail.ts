/** Gatetrail as its users run it: `gatetrail up` with a configuration, everything on, the audit process running. */
import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { dataFiles } from '@gatetrail/schemas'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { childrenOf } from './process-figures.ts'
import { ended, freePort, type Target } from './targets.ts'

export type Gatetrail = Target & {
  readonly replayUrl: string
  readonly localToken: string
  readonly auditProcessId: number | undefined
  readonly dataDirectory: string
  stop(): Promise<void>
}

const startMsMax = 30_000
const command = fileURLToPath(new URL('../../cli/bin/gatetrail.js', import.meta.url))

/** Where its event store is, below the directory given to `startGatetrail`. */
export function storeDirectory(directory: string): string {
  return join(directory, 'gatetrail', 'data', dataFiles.store)
}

export type GatetrailOptions = {
  tenant?: string
  /** Further settings of gatetrail.yaml, as JSON values: `{ log: … }`. */
  settings?: Readonly<Record<string, unknown>>
}

export async function startGatetrail(
  directory: string,
  postgresPort: number,
  { tenant = 'default', settings = {} }: GatetrailOptions = {},
): Promise<Gatetrail> {
  const place = join(directory, 'gatetrail')
  const dataDir = join(place, 'data')
  await mkdir(place, { recursive: true })
  const token = await writeIdentity(place)
  const [port, replayPort, operationsPort] = [await freePort(), await freePort(), await freePort()]
  await writeFile(
    join(place, 'bench.cedar'),
    'permit (principal, action, resource) unless { action == Action::"reveal" };\n',
  )
  await writeFile(
    join(place, 'gatetrail.yaml'),
    `dataDir: ${dataDir}
tenant: ${tenant}
${Object.entries(settings)
  .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
  .join(
    '',
  )}listen: { postgres: "127.0.0.1:${port}", replay: "127.0.0.1:${replayPort}", operations: "127.0.0.1:${operationsPort}" }
identity:
  issuers:
    - name: bench
      issuer: https://bench.invalid
      audience: gatetrail
      jwksFile: jwks.json
      principals: [{ kind: ci_job, run: { provider: bench, id: /run } }]
connections:
  - name: bench
    protocol: postgres
    address: 127.0.0.1:${postgresPort}
    database: bench
    credential: { user: bench }
    columns: { public.bench_rows.ssn: US_SSN }
policies: [bench.cedar]
`,
  )
  const output = createWriteStream(join(place, 'output.log'))
  const child = spawn(
    process.execPath,
    [command, 'up', '--config', join(place, 'gatetrail.yaml')],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  child.stdout.pipe(output, { end: false })
  child.stderr.pipe(output, { end: false })
  const target = {
    name: 'gatetrail',
    port,
    user: 'bench',
    database: 'bench',
    password: token,
  } as const
  const replayUrl = `http://127.0.0.1:${replayPort}`
  try {
    await untilHealthy(replayUrl)
  } catch (error) {
    await ended(child)
    throw new Error(
      `gatetrail did not start: ${await readFile(join(place, 'output.log'), 'utf8')}`,
      { cause: error },
    )
  }
  const role = (name: string): number | undefined =>
    childrenOf(child.pid ?? 0).find((entry) => entry.command.includes(join('roles', `${name}.js`)))
      ?.processId
  return {
    ...target,
    processId: role('proxy'),
    auditProcessId: role('audit'),
    replayUrl,
    dataDirectory: dataDir,
    localToken: (await readFile(join(dataDir, 'local-token'), 'utf8')).trim(),
    stop: () => ended(child),
  }
}

async function writeIdentity(place: string): Promise<string> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const key = { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256', use: 'sig' }
  await writeFile(join(place, 'jwks.json'), JSON.stringify({ keys: [key] }))
  return new SignJWT({ run: '1' })
    .setProtectedHeader({ alg: 'ES256', kid: 'bench' })
    .setIssuer('https://bench.invalid')
    .setSubject('bench')
    .setAudience('gatetrail')
    .setIssuedAt()
    .setExpirationTime('6h')
    .sign(privateKey)
}

async function untilHealthy(url: string): Promise<void> {
  const deadline = performance.now() + startMsMax
  for (;;) {
    const answer = await fetch(`${url}/healthz`).catch(() => undefined)
    if (answer?.ok === true) return
    if (performance.now() > deadline) throw new Error(`${url}/healthz does not answer`)
    await sleep(100)
  }
}
