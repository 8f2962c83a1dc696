/** The gatetrail.yaml and the policies of the tests. JSON is YAML. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { issuerUrl, audience, type Issuer } from './issuer.ts'
import { applicationPassword, applicationUser } from './postgres.ts'

export type Ports = { postgres: number; replay: number; operations: number }

export const groups = [
  ...['readers', 'writers', 'fraud-desk', 'everything', 'backup', 'auditors'],
  'owners', // Whatever they do is allowed, and nothing is masked.
]

const policies = `
permit (principal, action == Action::"connect", resource);

permit (principal, action == Action::"execute", resource == Connection::"orders")
when {
  (principal in Group::"readers" || principal in Group::"backup" || principal in Group::"fraud-desk") &&
  context has sql && context.sql.complete && !context.sql.effects.isEmpty() &&
  ["read", "session"].containsAll(context.sql.effects)
};

permit (principal in Group::"writers", action == Action::"execute", resource)
when {
  context has sql && context.sql.complete && !context.sql.effects.isEmpty() &&
  ["read", "session", "write"].containsAll(context.sql.effects)
};

permit (principal in Group::"everything", action == Action::"execute", resource);

@reason("backup jobs may read, never change or drop anything")
forbid (principal in Group::"backup", action == Action::"execute", resource)
when { context has sql && (!context.sql.complete || !["read", "session"].containsAll(context.sql.effects)) };

permit (principal in Group::"fraud-desk", action == Action::"reveal", resource == DataClass::"US_SSN");

permit (principal in Group::"owners", action, resource);
`

/** A further connection to the same server, by name. */
export type FurtherConnection = {
  database: string
  user: string
  password: string
  columns?: Record<string, string>
}

export type ConfigurationOptions = {
  directory: string
  issuer: Issuer
  ports: Ports
  targetPort: number
  /** schema.relation.column: class */
  columns?: Record<string, string>
  journal?: Record<string, unknown>
  connections?: Record<string, FurtherConnection>
  /** Added to `listen`. */
  listen?: Record<string, unknown>
  /** The section `proxy`. */
  proxy?: Record<string, unknown>
  /** Whole sections: `log`, `store`, `control`, … */
  sections?: Record<string, unknown>
}

/** Writes everything below `directory`. Returns the path of the configuration. */
export async function writeConfiguration(options: ConfigurationOptions): Promise<string> {
  const { directory, issuer, ports, targetPort, columns = {}, journal = {} } = options
  const further = Object.entries(options.connections ?? {})
  await mkdir(join(directory, 'policies'), { recursive: true })
  await writeFile(join(directory, 'policies', 'all.cedar'), policies)
  await writeFile(join(directory, 'jwks.json'), JSON.stringify(issuer.jwks))
  await writeFile(join(directory, 'orders-password'), applicationPassword, { mode: 0o600 })
  const run = (provider: string) => ({
    provider,
    id: '/run_id',
    attempt: '/run_attempt',
    workflow: '/workflow',
    repository: '/repository',
    url: 'https://ci.example.com/{/repository}/runs/{/run_id}',
  })
  const target = (name: string, port: number) => ({
    name,
    protocol: 'postgres',
    address: `127.0.0.1:${port}`,
    database: 'shop',
    credential: { user: applicationUser, password: { file: 'orders-password' } },
    columns,
  })
  for (const [name, { password }] of further) {
    await writeFile(join(directory, `${name}-password`), password, { mode: 0o600 })
  }
  const configuration = {
    dataDir: 'data',
    listen: {
      postgres: `127.0.0.1:${ports.postgres}`,
      replay: `127.0.0.1:${ports.replay}`,
      operations: `127.0.0.1:${ports.operations}`,
      ...options.listen,
    },
    ...(options.proxy === undefined ? {} : { proxy: options.proxy }),
    journal,
    ...options.sections,
    identity: {
      issuers: [
        {
          name: 'ci',
          issuer: issuerUrl,
          audience,
          jwksFile: 'jwks.json',
          groups: { claim: '/groups', allow: groups },
          principals: [
            { when: { '/kind': 'agent' }, kind: 'agent', subject: '/act/sub', run: run('agents') },
            { when: { '/kind': 'job' }, kind: 'ci_job', run: run('ci') },
            { when: { '/kind': 'person' }, kind: 'human' },
          ],
        },
      ],
    },
    web: { roles: { auditor: ['auditors'], admin: ['everything'] } },
    connections: [
      target('orders', targetPort),
      target('nowhere', 1),
      ...further.map(([name, { database, user, columns: tags = {} }]) => ({
        ...target(name, targetPort),
        ...{ database, credential: { user, password: { file: `${name}-password` } } },
        columns: tags,
      })),
    ],
    policies: ['policies/*.cedar'],
  }
  const file = join(directory, 'gatetrail.yaml')
  await writeFile(file, JSON.stringify(configuration, null, 2))
  return file
}
