/** An OpenID Connect provider that signs in whom the test names, without asking. */
import { createServer } from 'node:http'
import Provider from 'oidc-provider'
import { freePort } from './free-port.ts'

export const clientSecret = 'client-secret-of-the-test'

export type TestIssuer = {
  issuer: string
  /** Who is signed in next. */
  account: { name: string; groups: readonly string[] }
  close(): Promise<void>
}

/** `web`: the base of the web app that people sign in to. */
export async function startTestIssuer(web: string): Promise<TestIssuer> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const groups = new Map<string, readonly string[]>()
  const oidc = new Provider(issuer, {
    clients: [
      {
        client_id: 'web',
        client_secret: clientSecret,
        redirect_uris: [`${web}/api/login/callback`],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    claims: { openid: ['sub', 'groups'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['key of the test'] },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, groups: groups.get(id) ?? [] }),
    }),
    loadExistingGrant: async (context: {
      oidc: { provider: Provider; client: { clientId: string }; session: { accountId: string } }
    }) => {
      const { client, session } = context.oidc
      const grant = new oidc.Grant({ clientId: client.clientId, accountId: session.accountId })
      grant.addOIDCScope('openid profile')
      await grant.save()
      return grant
    },
  })
  const started: TestIssuer = {
    issuer,
    account: { name: 'kim', groups: [] },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  const handle = oidc.callback()
  const server = createServer((incoming, outgoing) => {
    if (incoming.url?.startsWith('/interaction/') === true) {
      const { name, groups: has } = started.account
      groups.set(name, has)
      void oidc.interactionFinished(incoming, outgoing, { login: { accountId: name } })
    } else void handle(incoming, outgoing)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return started
}
