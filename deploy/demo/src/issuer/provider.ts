/** The OpenID provider of the demo for people who sign in: code flow with PKCE, no consent, sessions in memory. */
import Provider, { type Context } from 'oidc-provider'
import { webClientId } from '../configuration.ts'
import { findAccount } from './accounts.ts'
import { signingAlgorithm, type SigningKeys } from './signing-keys.ts'

export type ProviderOptions = {
  issuer: string
  keys: SigningKeys
  webClientSecret: string
  cookieSecret: string
  /** Where the web app may send people back to. */
  redirectUris: readonly string[]
}

const scope = 'openid profile'

export function createProvider(options: ProviderOptions): Provider {
  return new Provider(options.issuer, {
    clients: [
      {
        client_id: webClientId,
        client_secret: options.webClientSecret,
        redirect_uris: [...options.redirectUris],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        id_token_signed_response_alg: signingAlgorithm,
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    // Anybody's client may send the secret as it likes: basic or post.
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    jwks: options.keys.jwks,
    cookies: {
      keys: [options.cookieSecret],
      names: {
        session: 'gatetrail_demo_session',
        interaction: 'gatetrail_demo_interaction',
        resume: 'gatetrail_demo_resume',
      },
    },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    scopes: scope.split(' '),
    claims: { openid: ['sub', 'groups', 'account', 'name'], profile: ['name'] },
    // The web app reads who somebody is from the ID token, without a second request.
    conformIdTokenClaims: false,
    interactions: { url: (_context: Context, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_context: Context, name: string) => {
      const account = findAccount(name)
      if (account?.kind !== 'person') return undefined
      return { accountId: name, claims: () => account.claims('') }
    },
    loadExistingGrant: grantEverything,
    ttl: {
      AccessToken: 900,
      AuthorizationCode: 60,
      IdToken: 900,
      Interaction: 600,
      Session: 12 * 3600,
      Grant: 12 * 3600,
    },
    renderError: (context: Context, out: { error: string; error_description?: string }) => {
      context.type = 'text'
      context.body = `Sign-in failed: ${out.error_description ?? out.error}`
    },
  })

  /** No consent page: the only client is the demo's own web app. */
  async function grantEverything(context: Context & { oidc: { provider: Provider } }) {
    const { client, session, result, provider } = context.oidc
    const before = result?.consent?.grantId ?? session.grantIdFor(client.clientId)
    const found = before === undefined ? undefined : await provider.Grant.find(before)
    if (found !== undefined) return found
    const grant = new provider.Grant({
      clientId: client.clientId,
      accountId: session.accountId,
    })
    grant.addOIDCScope(scope)
    await grant.save()
    return grant
  }
}
