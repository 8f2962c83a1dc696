/** The realm of profile `demo`: who may sign in, and as what a job gets its token. Imported by Keycloak at its first start. */

const groupMapper = {
  name: 'groups',
  protocol: 'openid-connect',
  protocolMapper: 'oidc-group-membership-mapper',
  config: {
    'claim.name': 'groups',
    'full.path': 'false',
    'id.token.claim': 'true',
    'access.token.claim': 'true',
  },
}

/** Access tokens are for Gatetrail: its `identity.issuers[].audience`. */
const audienceMapper = {
  name: 'audience',
  protocol: 'openid-connect',
  protocolMapper: 'oidc-audience-mapper',
  config: {
    'included.custom.audience': 'gatetrail',
    'id.token.claim': 'false',
    'access.token.claim': 'true',
  },
}

const people = [
  { username: 'auditor', firstName: 'Alex', lastName: 'Auditor', groups: ['auditors'] },
  { username: 'dba', firstName: 'Dee', lastName: 'Becker', groups: ['dba', 'platform'] },
  { username: 'fraud-analyst', firstName: 'Finn', lastName: 'Castillo', groups: ['fraud-desk'] },
]

/**
 * @param webClientSecret of the web app
 * @param passwords by name of the person, and of the job
 */
export function keycloakRealm(webClientSecret, passwords) {
  const groups = ['ml-training', 'fraud-desk', 'dba', 'auditors', 'platform']
  return {
    realm: 'gatetrail',
    enabled: true,
    sslRequired: 'all',
    registrationAllowed: false,
    bruteForceProtected: true,
    accessTokenLifespan: 900,
    groups: groups.map((name) => ({ name })),
    users: [
      ...people.map(({ groups: memberOf, ...person }) => ({
        ...person,
        enabled: true,
        email: `${person.username}@example.com`,
        emailVerified: true,
        groups: memberOf.map((name) => `/${name}`),
        credentials: [
          { type: 'password', value: String(passwords[person.username]), temporary: false },
        ],
      })),
      {
        username: 'service-account-nightly-train',
        enabled: true,
        serviceAccountClientId: 'nightly-train',
        groups: ['/ml-training'],
      },
    ],
    clients: [
      {
        clientId: 'gatetrail-web',
        name: 'Gatetrail web app',
        protocol: 'openid-connect',
        clientAuthenticatorType: 'client-secret',
        secret: String(webClientSecret),
        standardFlowEnabled: true,
        directAccessGrantsEnabled: false,
        redirectUris: ['http://localhost:8090/api/login/callback'],
        attributes: { 'pkce.code.challenge.method': 'S256' },
        protocolMappers: [groupMapper],
      },
      {
        clientId: 'gatetrail-cli',
        name: 'People who connect with psql',
        protocol: 'openid-connect',
        publicClient: true,
        standardFlowEnabled: false,
        // To try it with curl alone. An organisation uses the device flow.
        directAccessGrantsEnabled: true,
        attributes: { 'oauth2.device.authorization.grant.enabled': 'true' },
        protocolMappers: [groupMapper, audienceMapper],
      },
      {
        clientId: 'nightly-train',
        name: 'A job that trains a model on customers',
        protocol: 'openid-connect',
        clientAuthenticatorType: 'client-secret',
        secret: String(passwords['nightly-train']),
        standardFlowEnabled: false,
        serviceAccountsEnabled: true,
        protocolMappers: [groupMapper, audienceMapper],
      },
    ],
  }
}
