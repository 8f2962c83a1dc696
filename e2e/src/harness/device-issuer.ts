/**
 * An issuer over HTTPS that a stock libpq can get a token from: discovery, keys, and the device authorization grant (RFC 8628),
 * whose user agrees at the second look. Its certificate is made by openssl and is its own authority.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Issuer } from './issuer.ts'

export type DeviceIssuer = {
  url: string
  /** PEM, for whoever is to trust it. */
  certificateFile: string
  /** What clients asked for, in order: the paths. */
  requests: string[]
  /** The `scope` of each device authorization. */
  scopes: string[]
  close(): Promise<void>
}

const bodyBytesMax = 4096

/** `mint` gives the access token for whoever comes; its `iss` must be `url`. */
export async function startDeviceIssuer(
  directory: string,
  port: number,
  issuer: Issuer,
  mint: (url: string) => Promise<string>,
): Promise<DeviceIssuer> {
  const url = `https://localhost:${port}`
  const [keyFile, certificateFile] = [join(directory, 'issuer.key'), join(directory, 'issuer.crt')]
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
    ...['-keyout', keyFile, '-out', certificateFile],
  ])
  const requests: string[] = []
  const scopes: string[] = []
  let looks = 0

  const answerTo = async (path: string, body: URLSearchParams): Promise<[number, object]> => {
    switch (path) {
      case '/.well-known/openid-configuration':
        return [200, discovery]
      case '/keys':
        return [200, issuer.jwks]
      case '/device':
        scopes.push(body.get('scope') ?? '')
        return [200, { ...device, expires_in: 60, interval: 1 }]
      case '/token':
        looks++
        return looks % 2 === 1
          ? [400, { error: 'authorization_pending' }]
          : [200, { access_token: await mint(url), token_type: 'Bearer', expires_in: 600 }]
      default:
        return [404, { error: 'not_found' }]
    }
  }
  const discovery = {
    issuer: url,
    jwks_uri: `${url}/keys`,
    token_endpoint: `${url}/token`,
    device_authorization_endpoint: `${url}/device`,
    grant_types_supported: ['urn:ietf:params:oauth:grant-type:device_code'],
    response_types_supported: ['none'],
  }
  const device = { device_code: 'of-the-test', user_code: 'GATE-TRAIL', verification_uri: url }

  const server = createServer(
    { key: await readFile(keyFile), cert: await readFile(certificateFile) },
    (request, response) => {
      const path = request.url ?? ''
      requests.push(path)
      let text = ''
      request.setEncoding('utf8')
      request.on('data', (part: string) => {
        text += part
        if (text.length > bodyBytesMax) request.destroy()
      })
      request.on('end', () => {
        void answerTo(path, new URLSearchParams(text)).then(([status, body]) => {
          response.writeHead(status, { 'content-type': 'application/json' })
          response.end(JSON.stringify(body))
        })
      })
    },
  )
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url,
    certificateFile,
    requests,
    scopes,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
