/**
 * The demo's OIDC issuer on loopback: discovery and keys for the proxy, sign-in for people, and `POST /demo/token`, where
 * whoever can read a 0600 file of dataDir gets a token of any demo account. Never started with `--config`.
 */
import { timingSafeEqual, createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { GatetrailError } from '@gatetrail/schemas'
import { z } from 'zod'
import { secretFrom } from '../files.ts'
import type { DemoPaths } from '../paths.ts'
import { accounts, findAccount } from './accounts.ts'
import { issuerUrl } from './issuer-url.ts'
import { renderLoginPage } from './login-page.ts'
import { createProvider } from './provider.ts'
import { loadSigningKeys } from './signing-keys.ts'
import { createRunIds, mintToken, type MintedToken } from './tokens.ts'

export type DemoIssuer = {
  readonly url: string
  /** A token without the HTTP round trip, for the story. */
  mint(name: string, runId?: string): Promise<MintedToken>
  close(): Promise<void>
}

const bodyBytesMax = 4096
const runIdPattern = /^[A-Za-z0-9._-]{1,64}$/
const requestSchema = z.strictObject({
  name: z.string(),
  runId: z.string().regex(runIdPattern).optional(),
})

/** @throws PORT_TAKEN */
export async function startIssuer(
  paths: DemoPaths,
  port: number,
  redirectUris: readonly string[],
): Promise<DemoIssuer> {
  const url = issuerUrl(port)
  const keys = await loadSigningKeys(paths.issuerKeys)
  const secret = await secretFrom(paths.issuerSecret)
  const provider = createProvider({
    issuer: url,
    keys,
    webClientSecret: await secretFrom(paths.webClientSecret),
    cookieSecret: secret,
    redirectUris,
  })
  const nextRunId = createRunIds(Date.now)
  const mint = async (name: string, runId?: string): Promise<MintedToken> => {
    const account = findAccount(name)
    if (account === undefined) throw unknownAccount(name)
    return mintToken(url, keys, account, runId ?? nextRunId(), Date.now())
  }
  const handleOidc = provider.callback()

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      if (!response.headersSent) answerError(response, error)
      else response.destroy()
    })
  })
  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    if (path === '/demo/token' && request.method === 'POST') {
      if (!hasSecret(request, secret)) {
        throw new GatetrailError('API_UNAUTHENTICATED', 'the secret of the demo issuer is missing')
      }
      const asked = requestSchema.safeParse(parseJson(await readBody(request)))
      if (!asked.success) {
        throw new GatetrailError('REQUEST_INVALID', 'a name, and optionally a run id, are expected')
      }
      answer(response, 200, await mint(asked.data.name, asked.data.runId))
      return
    }
    const interaction = /^\/interaction\/([\w-]{1,64})$/.exec(path)?.[1]
    if (interaction === undefined) {
      await handleOidc(request, response)
      return
    }
    if (request.method === 'POST') {
      const person = new URLSearchParams(await readBody(request)).get('person') ?? ''
      if (findAccount(person)?.kind !== 'person') throw unknownAccount(person)
      await provider.interactionFinished(request, response, { login: { accountId: person } })
      return
    }
    await provider.interactionDetails(request, response)
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    })
    response.end(renderLoginPage(interaction))
  }

  await listen(server, port)
  return {
    url,
    mint,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function unknownAccount(name: string): GatetrailError {
  return new GatetrailError('NOT_FOUND', `the demo knows nobody called "${name.slice(0, 64)}"`, {
    hint: `it knows ${accounts.map((account) => account.name).join(', ')}`,
  })
}

/** Compares digests, so that neither content nor length shows in the time that it takes. */
function hasSecret(request: IncomingMessage, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${secret}`))
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request) {
    const bytes = Buffer.from(part)
    length += bytes.length
    if (length > bodyBytesMax) {
      throw new GatetrailError('REQUEST_INVALID', `a body is at most ${bodyBytesMax} bytes`)
    }
    parts.push(bytes)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // The schema refuses it with a sentence.
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

function answerError(response: ServerResponse, error: unknown): void {
  if (!(error instanceof GatetrailError)) {
    // From oidc-provider: an interaction that has expired, mostly.
    answer(response, 400, { error: { code: 'REQUEST_INVALID', message: 'start signing in again' } })
    return
  }
  const statuses: Partial<Record<typeof error.code, number>> = {
    API_UNAUTHENTICATED: 401,
    NOT_FOUND: 404,
  }
  answer(response, statuses[error.code] ?? 400, {
    error: { code: error.code, message: error.message, hint: error.hint },
  })
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new GatetrailError(
              'PORT_TAKEN',
              `port ${port} of the demo issuer was taken meanwhile`,
              {
                hint: 'start again',
                cause,
              },
            )
          : cause,
      )
    })
    server.listen({ host: '127.0.0.1', port }, () => resolve())
  })
}
