/** The client side of `POST /demo/token`: what `gatetrail token` asks. */
import { readFile } from 'node:fs/promises'
import { GatetrailError } from '@gatetrail/schemas'
import { z } from 'zod'
import { issuerUrl } from './issuer/issuer-url.ts'
import { demoPaths } from './paths.ts'

const timeoutMs = 10_000
const mintedSchema = z.object({ token: z.string(), runId: z.string(), expiresAt: z.string() })
const failedSchema = z.object({
  error: z.object({ message: z.string(), hint: z.string().optional() }),
})

export type DemoToken = z.infer<typeof mintedSchema>

/**
 * A token of the running demo. Each call is a new run, unless `runId` names one.
 * @throws API_UNREACHABLE if the demo does not run with this dataDir, NOT_FOUND if it knows nobody of that name
 */
export async function requestDemoToken(
  dataDirectory: string,
  name: string,
  runId: string | undefined,
): Promise<DemoToken> {
  const paths = demoPaths(dataDirectory)
  let secret: string
  let port: number
  try {
    secret = await readFile(paths.issuerSecret, 'utf8')
    port = z
      .object({ issuer: z.int() })
      .parse(JSON.parse(await readFile(paths.ports, 'utf8'))).issuer
  } catch (cause) {
    throw new GatetrailError('API_UNREACHABLE', `there is no demo in ${dataDirectory}`, {
      hint: 'start it with npm start, or name its directory with --data-dir',
      cause,
    })
  }
  let response: Response
  try {
    response = await fetch(`${issuerUrl(port)}/demo/token`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(runId === undefined ? { name } : { name, runId }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
  } catch (cause) {
    throw new GatetrailError('API_UNREACHABLE', `the demo of ${dataDirectory} does not run`, {
      hint: 'start it with npm start',
      cause,
    })
  }
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok) return mintedSchema.parse(body)
  const failed = failedSchema.safeParse(body)
  throw new GatetrailError(
    response.status === 404 ? 'NOT_FOUND' : 'REQUEST_INVALID',
    failed.success ? failed.data.error.message : `the demo issuer answered ${response.status}`,
    failed.success && failed.data.error.hint !== undefined ? { hint: failed.data.error.hint } : {},
  )
}
