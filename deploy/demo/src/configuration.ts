/** The demo's gatetrail.yaml: a real, readable one, as somebody would write it for a database of their own. Pure. */
import type { DemoPorts } from './files.ts'
import { issuerUrl } from './issuer/issuer-url.ts'
import type { DemoPaths } from './paths.ts'
import { applicationUser, database } from './shop/schema.ts'

/** host:port of each listener. */
export type DemoListen = { postgres: string; replay: string; operations: string }

export const webClientId = 'gatetrail-web'

export function renderConfiguration(demo: {
  dataDirectory: string
  paths: DemoPaths
  ports: DemoPorts
  listen: DemoListen
  policies: readonly string[]
}): string {
  // JSON strings are YAML strings: paths with spaces, quotes or colons stay what they are.
  const text = (value: string) => JSON.stringify(value)
  return `# The configuration of the demo. Gatetrail writes it anew at every start of the demo: copy it before you change it,
# then: gatetrail up --config gatetrail.yaml
# Every setting is described in docs/configuration.md.

dataDir: ${text(demo.dataDirectory)}

listen:
  postgres: ${demo.listen.postgres} # where psql and your applications connect
  replay: ${demo.listen.replay} # the web app and its API
  operations: ${demo.listen.operations} # /healthz, /readyz, /metrics

# Who may prove itself, and how the claims of a token become one principal.
identity:
  issuers:
    - name: demo
      issuer: ${issuerUrl(demo.ports.issuer)}
      audience: gatetrail
      groups:
        claim: /groups
        # Any other group that a token names is recorded and grants nothing.
        allow: [ml-training, backup, reports, fraud-desk, dba, auditors, platform]
      principals: # the first rule whose "when" holds
        - when: { /account: job }
          kind: ci_job
          run:
            provider: demo-ci
            id: /run_id
            attempt: /run_attempt
            workflow: /workflow
            repository: /repository
            url: "https://ci.example.com/{/repository}/runs/{/run_id}"
        - when: { /account: agent }
          kind: agent
          subject: /act/sub # RFC 8693: the token's subject is the person on whose behalf the actor works
          run: { provider: demo-agents, id: /run_id, workflow: /workflow }
        - when: { /account: service }
          kind: service_account
          run: { provider: demo-backup, id: /run_id, workflow: /workflow }
        - when: { /account: person }
          kind: human

web:
  login:
    issuer: demo
    clientId: ${webClientId}
    clientSecret: { file: ${text(demo.paths.webClientSecret)} }
  confirmMinutesMax: 480 # the issuer of the demo always asks who it is
  roles:
    auditor: [auditors]
    approver: [dba]
    admin: [platform]

connections:
  - name: orders # clients connect to this as their database
    protocol: postgres
    address: 127.0.0.1:${demo.ports.postgres}
    database: ${database}
    credential: { user: ${applicationUser}, password: { file: ${text(demo.paths.applicationPassword)} } }
    # Masked unless a policy permits "reveal" of the class.
    columns:
      public.customers.ssn: US_SSN
      public.customers.email: EMAIL
      public.customers.card: CREDIT_CARD
      public.customers.phone: PHONE

policies:
${demo.policies.map((file) => `  - ${text(file)}`).join('\n')}
`
}
