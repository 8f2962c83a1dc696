/**
 * The one schema of gatetrail.yaml (design §7): strict, every setting with its default, unit and sentence.
 * docs/configuration.md is generated from it. Loaded by cli/src/configuration; parts get the parsed value.
 */
import { z } from 'zod'
import { principalKinds } from '../principal.ts'
import { GiB } from './units.ts'

const name = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/,
    'letters, digits, _ . - only, at most 63, not starting with . or -',
  )
const hostAndPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/, { error: 'expected host:port', abort: true })
  .refine(
    (text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535,
    'a port is at most 65535',
  )
const addressShapes = [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]
/** Not all addresses at once: everybody could then say to be anybody. */
const addressOrCidr = z
  .string()
  .refine(
    (text) => addressShapes.some((shape) => shape.safeParse(text).success),
    'an address or a CIDR, such as 192.0.2.7, 10.1.0.0/16 or fd00::/8',
  )
  .refine((text) => !text.endsWith('/0'), 'whoever is trusted is named: not every address there is')
const pointer = z
  .string()
  .regex(/^(\/([^~/]|~[01])*)+$/, 'a JSON Pointer such as /claim or /act/sub')
const url = z.url({ protocol: /^https?$/ })

/** What is wrong with a key of a map: zod alone says only that it is. */
function keyError(sentence: string): { error: (issue: { code: string }) => string | undefined } {
  return { error: ({ code }) => (code === 'invalid_key' ? sentence : undefined) }
}

/** A secret is named, never written into the file. */
export const secretSchema = z
  .union([
    z.strictObject({ env: z.string().min(1) }),
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ vault: z.string().min(1) }),
  ])
  .describe(
    'Where the secret is: `env` (a variable), `file` (a path) or `vault` (a path in Vault: not built yet).',
  )

const listenSchema = z.strictObject({
  postgres: hostAndPort.default('127.0.0.1:15432').describe('PostgreSQL clients.'),
  ssh: hostAndPort.default('127.0.0.1:12222').describe('SSH clients.'),
  http: hostAndPort.default('127.0.0.1:18080').describe('HTTP clients.'),
  replay: hostAndPort.default('127.0.0.1:8090').describe('The web app and its API.'),
  operations: hostAndPort.default('127.0.0.1:8091').describe('/healthz, /readyz, /metrics.'),
  trustedProxies: z
    .array(addressOrCidr)
    .default([])
    .describe(
      'Addresses or CIDRs of balancers, from which PROXY protocol v2 is required. Nobody else may send it.',
    ),
})

const kafkaSchema = z.strictObject({
  brokers: z.array(hostAndPort).min(1).describe('Where to begin: host:port of some brokers.'),
  clientId: z.string().min(1).default('gatetrail').describe('What brokers log of us.'),
  tls: z
    .strictObject({
      caFile: z.string().optional().describe('PEM bundle; default: the system roots.'),
      certFile: z.string().optional().describe('PEM, our client certificate and its chain.'),
      keyFile: z.string().optional().describe('PEM, its private key.'),
    })
    .refine(
      (tls) => (tls.certFile === undefined) === (tls.keyFile === undefined),
      'give certFile and keyFile, or neither',
    )
    .optional()
    .describe('Left out: no TLS. Brokers are always verified by name.'),
  sasl: z
    .strictObject({
      mechanism: z
        .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
        .describe('As the brokers ask.'),
      user: z.string().min(1).describe('At the brokers.'),
      password: secretSchema,
    })
    .optional()
    .describe('Left out: brokers let us in as we come.'),
  compression: z.enum(['none', 'gzip']).default('gzip').describe('Of what is sent.'),
  consumerGroup: z
    .string()
    .min(1)
    .default('gatetrail-ingest')
    .describe('The group of all ingest processes.'),
  partitions: z
    .int()
    .min(1)
    .max(1_000)
    .default(12)
    .describe(
      'Of the records topic, when `gatetrail deploy kafka` makes it. Not to be changed later.',
    ),
  replicationFactor: z
    .int()
    .min(1)
    .max(15)
    .default(3)
    .describe('Of the topics, when `gatetrail deploy kafka` makes them.'),
  retentionHours: z
    .number()
    .positive()
    .default(168)
    .describe('How long brokers keep records: longer than the event store may ever be away.'),
})

const storeSchema = z.strictObject({
  url: url.describe("ClickHouse's HTTP interface."),
  user: z.string().min(1).default('gatetrail').describe('Writes, where this process ingests.'),
  password: secretSchema.optional().describe('Left out: the user has none.'),
  reader: z
    .strictObject({
      user: z.string().min(1).describe('May only read.'),
      password: secretSchema.optional().describe('Left out: the user has none.'),
    })
    .optional()
    .describe('For questions. Left out: `user` asks them.'),
  database: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'an identifier')
    .default('gatetrail')
    .describe('Where the tables are.'),
  caFile: z.string().optional().describe('PEM bundle; default: the system roots.'),
  cluster: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'an identifier')
    .optional()
    .describe('The name of the cluster in which tables are replicated and distributed.'),
})

const days = (count: number) => z.int().min(1).max(36_500).default(count)

const runMappingSchema = z.strictObject({
  provider: z.string().describe('Who ran it, as events call it: github, gitlab, kubernetes, …'),
  id: pointer.describe("The claim with the run's id."),
  attempt: pointer.optional().describe('The claim with the attempt.'),
  workflow: pointer.optional().describe('The claim with the workflow, pipeline or job name.'),
  repository: pointer.optional().describe('The claim with the repository.'),
  url: z.string().optional().describe('A template: {/claim} is replaced by the claim.'),
})

const principalRuleSchema = z.strictObject({
  when: z
    .record(
      pointer,
      z.union([z.string(), z.number(), z.boolean()]),
      keyError('a claim is named by a JSON Pointer such as /repository'),
    )
    .optional()
    .describe(
      'JSON Pointers into the claims and the values that they must have; left out: always.',
    ),
  kind: z.enum(principalKinds).describe('What such a principal is.'),
  subject: pointer.default('/sub').describe('The claim that names the principal.'),
  run: runMappingSchema.optional(),
})

const groupsSchema = z
  .strictObject({
    claim: pointer.default('/groups').describe('The claim that lists groups.'),
    allow: z.array(z.string()).optional().describe('Only these groups count.'),
    map: z
      .record(z.string(), z.string())
      .optional()
      .describe('theirs: ours. Only these groups count.'),
  })
  .refine(
    (groups) => (groups.allow === undefined) !== (groups.map === undefined),
    'give either allow or map',
  )

const issuerSchema = z
  .strictObject({
    name: name.describe('What principals of this issuer are called by: `<name>#<subject>`.'),
    issuer: url.describe('The `iss` of its tokens; the base of discovery.'),
    audience: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .describe('The `aud` that tokens must have.'),
    authorizedParties: z
      .array(z.string())
      .optional()
      .describe('Accepted `azp`; a token with another one is refused.'),
    jwksUri: url.optional().describe('Instead of discovery.'),
    jwksFile: z.string().optional().describe('Instead of discovery.'),
    algorithms: z
      .array(
        z.enum([
          'RS256',
          'RS384',
          'RS512',
          'PS256',
          'PS384',
          'PS512',
          'ES256',
          'ES384',
          'ES512',
          'EdDSA',
        ]),
      )
      .min(1)
      .default(['RS256', 'PS256', 'ES256', 'EdDSA'])
      .describe('Signature algorithms that its tokens may use.'),
    groups: groupsSchema.optional().describe('Left out: tokens give no groups.'),
    principals: z
      .array(principalRuleSchema)
      .min(1)
      .describe('Ordered: the first whose `when` holds; none: rejected.'),
    oneUse: z
      .boolean()
      .default(false)
      .describe(
        'Refuse a token whose `jti` was used before, with any worker of this machine. Several proxies do not tell each other: there a token may be used once with each.',
      ),
    endAtExpiry: z.boolean().default(false).describe('End sessions when their token expires.'),
  })
  .refine(
    (issuer) => issuer.jwksUri === undefined || issuer.jwksFile === undefined,
    'give jwksUri or jwksFile, not both',
  )

const webSchema = z.strictObject({
  publicUrl: url
    .optional()
    .describe('Where browsers reach the web app. Default: http:// and listen.replay.'),
  login: z
    .strictObject({
      issuer: name.describe('The name of the issuer that people sign in with.'),
      clientId: z.string().describe('Of the web app at that issuer.'),
      clientSecret: secretSchema.optional(),
    })
    .optional()
    .describe(
      'Left out: only the local token opens the API, and one-time links that it makes open the web app.',
    ),
  sessionMinutesMax: z
    .int()
    .min(5)
    .max(1_440)
    .default(480)
    .describe(
      'A sign-in in a browser ends then, whatever the issuer confirms meanwhile. A revocation ends it at once.',
    ),
  confirmMinutesMax: z
    .int()
    .min(5)
    .max(1_440)
    .default(60)
    .describe(
      'For so long the groups of a sign-in count; then the browser goes by the issuer again, which confirms them without a question where it still knows the browser.',
    ),
  idleMinutesMax: z
    .int()
    .min(1)
    .max(1_440)
    .default(60)
    .describe('A sign-in in a browser ends after so long without a request.'),
  roles: z
    .strictObject({
      auditor: z.array(z.string()).default([]).describe('Groups that may read the trail.'),
      approver: z.array(z.string()).default([]).describe('Groups that may approve.'),
      admin: z.array(z.string()).default([]).describe('Groups that may administer.'),
    })
    .prefault({})
    .describe('Which groups have which role.'),
  scopes: z
    .array(
      z.strictObject({
        groups: z.array(z.string()).min(1).describe('Whoever is in one of them.'),
        connections: z
          .array(name)
          .min(1)
          .describe('By name; also one that is no longer configured: its trail outlives it.'),
      }),
    )
    .default([])
    .describe(
      'Auditors of some connections only: they see nothing of the others, and nothing that belongs to no connection but gaps and policies.',
    ),
})

const dataClass = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'a data class such as US_SSN')

const detectionSchema = z
  .strictObject({
    off: z
      .array(dataClass)
      .default([])
      .describe('Entities that are not looked for. Tagged columns are masked all the same.'),
    columns: z
      .boolean()
      .default(true)
      .describe('Tell personal data by the name, the type and the values of a column too.'),
    custom: z
      .array(
        z
          .strictObject({
            entity: dataClass.describe('What findings are called; an entity of ours or a new one.'),
            pattern: z
              .string()
              .max(1_000)
              .optional()
              .describe('A regular expression in the syntax of RE2: linear time.'),
            words: z.array(z.string().min(3)).max(1_000).optional().describe('Texts to be found.'),
            wordsFile: z.string().optional().describe('A file with a text per line.'),
            context: z
              .array(z.string().min(1))
              .default([])
              .describe('Words of which one must stand before it on the line, or name its column.'),
            level: z
              .enum(['possible', 'likely', 'certain'])
              .default('likely')
              .describe('How sure it is. `possible` is reported by `gatetrail detect` alone.'),
          })
          .refine(
            ({ pattern, words, wordsFile }) =>
              [pattern, words, wordsFile].filter((given) => given !== undefined).length === 1,
            'give one of pattern, words, wordsFile',
          ),
      )
      .max(100)
      .default([])
      .describe('Detectors of your own.'),
  })
  .prefault({})

export const maskingStyles = [
  'same_length',
  'redact',
  'keep_last_four',
  'null',
  'token',
  'format_preserving',
] as const
const maskingStyle = z.enum(maskingStyles)

const maskingSchema = z
  .strictObject({
    default: maskingStyle
      .default('same_length')
      .describe(
        'same_length: `*` for letters and digits; redact: a constant; keep_last_four; null; token: the same for the same value; format_preserving: another valid value, the same for the same value.',
      ),
    styles: z
      .record(dataClass, maskingStyle, keyError('a data class such as US_SSN'))
      .default({})
      .describe('By data class.'),
    key: secretSchema
      .optional()
      .describe(
        'For token and format_preserving: 32 bytes, base64. Left out: made at first start in dataDir/keys; several proxies need the same.',
      ),
  })
  .prefault({})

const fingerprintSchema = z
  .strictObject({
    keys: z
      .array(
        z.strictObject({
          id: name.describe('Recorded with each fingerprint.'),
          secret: secretSchema.describe('32 bytes, base64.'),
        }),
      )
      .max(16)
      .default([])
      .describe(
        'The first makes fingerprints, the others find older ones. Empty: one is made at first start in dataDir/keys; several machines need the same.',
      ),
  })
  .prefault({})

const connectionSchema = z.strictObject({
  name: name.describe('What clients connect to: the PostgreSQL database name.'),
  protocol: z.enum(['postgres']).describe('What is spoken on it.'),
  address: hostAndPort.describe('Of the target, host:port.'),
  database: z.string().min(1).describe('The database at the target.'),
  tls: z
    .enum(['disable', 'require', 'verify-full'])
    .default('disable')
    .describe('Towards the target.'),
  tlsCaFile: z
    .string()
    .optional()
    .describe('PEM bundle for verify-full; default: the system roots.'),
  credential: z
    .strictObject({
      user: z.string().min(1).describe('The user at the target, injected for every caller.'),
      password: secretSchema.optional().describe('Left out or empty: the target trusts us.'),
      certFile: z
        .string()
        .optional()
        .describe('PEM, a client certificate for the target and its chain; `tls` must be on.'),
      keyFile: z.string().optional().describe('PEM, the private key of the client certificate.'),
      readOnly: z
        .strictObject({
          user: z.string().min(1).describe('A user at the target that may only read.'),
          password: secretSchema.optional().describe('Left out or empty: the target trusts us.'),
        })
        .optional()
        .describe('Used for callers whom policy lets write nothing. Left out: `user`, read-only.'),
    })
    .refine(
      (credential) => (credential.certFile === undefined) === (credential.keyFile === undefined),
      'give certFile and keyFile, or neither',
    ),
  tags: z.array(z.string()).default([]).describe('For policies.'),
  columns: z
    .record(
      z.string().regex(/^[^.]+\.[^.]+\.[^.]+$/, 'schema.relation.column'),
      dataClass,
      keyError('a column is named schema.relation.column'),
    )
    .default({})
    .describe(
      'schema.relation.column: the data class of its values. A comment on the column at the target, `gatetrail:US_SSN`, says the same.',
    ),
  strict: z
    .boolean()
    .default(false)
    .describe(
      'Refuse statements that choose rows by a tagged column which the caller may not see in clear.',
    ),
})

export const configurationSchema = z
  .strictObject({
    dataDir: z
      .string()
      .min(1)
      .default('.gatetrail')
      .describe('Journals, keys, and in embedded mode the event store.'),
    tenant: name.default('default').describe('Leads every key of the event store.'),
    listen: listenSchema.prefault({}),
    tls: z
      .strictObject({
        certFile: z.string().describe('PEM, the certificate and its chain.'),
        keyFile: z.string().describe('PEM, its private key.'),
      })
      .optional()
      .describe(
        'For clients. Left out: a self-signed certificate, made at first start in dataDir.',
      ),
    journal: z
      .strictObject({
        durability: z
          .enum(['write', 'fsync'])
          .default('write')
          .describe('write: survives kill -9; fsync: and power loss.'),
        keepHours: z
          .number()
          .min(0)
          .default(24)
          .describe('How long segments are kept after ingest has them.'),
        bytesMax: z
          .int()
          .min(1024 * 1024)
          .default(4 * GiB)
          .describe(
            'Bytes that ingest does not have yet: from half of it on large sessions are slowed.',
          ),
        sessionBytesMax: z
          .int()
          .min(1024 * 1024)
          .default(64 * GiB)
          .describe('Bytes that one session may record before it is ended.'),
      })
      .prefault({}),
    log: z
      .strictObject({ kafka: kafkaSchema })
      .optional()
      .describe('Left out: the journals are the log.'),
    store: storeSchema.optional().describe('Left out: chDB in dataDir.'),
    storeEndpoint: z
      .strictObject({
        listen: hostAndPort.describe('Where it listens.'),
        user: z.string().min(1).default('reader').describe('Who may ask.'),
        password: secretSchema,
      })
      .optional()
      .describe(
        "chDB behind ClickHouse's HTTP interface, read-only: for Grafana and other tools. Left out: not served.",
      ),
    retention: z
      .strictObject({
        recordsDays: days(1_100).describe('Bytes of records; their leaf hashes stay.'),
        contentsDays: days(1_100).describe('Rows of events and chunks: what a replay shows.'),
        statementsDays: days(2_200).describe('Rows of statements and sessions.'),
      })
      .prefault({})
      .describe('Counted from when ingest stored a row.'),
    control: z
      .strictObject({
        trustedKeys: z
          .array(
            z
              .string()
              .regex(
                /^[A-Za-z0-9_-]{43}$/,
                'expected an Ed25519 public key, base64url: `gatetrail control key` prints it',
              ),
          )
          .default([])
          .describe(
            'Whose objects on the control log count, besides the key in dataDir/keys. With Kafka: at least one.',
          ),
        leaseSeconds: z
          .number()
          .min(10)
          .default(3_600)
          .describe('How long a proxy works without the control log.'),
      })
      .prefault({}),
    proxy: z
      .strictObject({
        workers: z
          .union([z.literal('auto'), z.int().min(1).max(64)])
          .default(1)
          .describe('Processes that share the listeners; auto: one per core.'),
        drainSeconds: z
          .number()
          .min(0)
          .max(86_400)
          .default(0)
          .describe('How long sessions may go on when the proxy is asked to end.'),
        peers: z
          .array(hostAndPort)
          .default([])
          .describe(
            'PostgreSQL listeners of the other proxies behind the same balancer, for cancel requests; a name stands for all of its addresses.',
          ),
      })
      .prefault({}),
    identity: z.strictObject({
      issuers: z.array(issuerSchema).min(1),
      sessionHoursMax: z
        .number()
        .positive()
        .max(168)
        .default(12)
        .describe('How long a session may live, in hours.'),
    }),
    web: webSchema.prefault({}),
    detection: detectionSchema,
    masking: maskingSchema,
    fingerprint: fingerprintSchema,
    connections: z.array(connectionSchema).min(1),
    policies: z.array(z.string()).min(1).describe('Cedar files or globs, relative to this file.'),
  })
  .superRefine((configuration, context) => {
    duplicates(configuration.connections, ['connections'], context)
    duplicates(configuration.identity.issuers, ['identity', 'issuers'], context)
    configuration.connections.forEach(({ credential, tls }, index) => {
      if (credential.certFile === undefined || credential.keyFile === undefined) return
      if (tls !== 'disable') return
      context.addIssue({
        code: 'custom',
        path: ['connections', index, 'credential', 'certFile'],
        message: 'a client certificate needs tls: require or verify-full',
      })
    })
    if (configuration.store !== undefined && configuration.storeEndpoint !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['storeEndpoint'],
        message: 'only chDB needs it: ask the ClickHouse server of `store` itself',
      })
    }
    const login = configuration.web.login
    if (
      login !== undefined &&
      !configuration.identity.issuers.some(({ name }) => name === login.issuer)
    ) {
      context.addIssue({
        code: 'custom',
        path: ['web', 'login', 'issuer'],
        message: `no issuer is named ${login.issuer}`,
      })
    }
    const { roles, scopes } = configuration.web
    scopes.forEach(({ groups }, index) => {
      for (const role of ['auditor', 'admin'] as const) {
        const both = groups.find((group) => roles[role].includes(group))
        if (both === undefined) continue
        context.addIssue({
          code: 'custom',
          path: ['web', 'scopes', index, 'groups'],
          message: `${both} reads everything already: it is in web.roles.${role}`,
        })
      }
    })
  })

function duplicates(
  entries: readonly { name: string }[],
  path: string[],
  context: z.RefinementCtx,
): void {
  const seen = new Set<string>()
  entries.forEach((entry, index) => {
    if (seen.has(entry.name)) {
      context.addIssue({
        code: 'custom',
        path: [...path, index, 'name'],
        message: `${entry.name} is named twice`,
      })
    }
    seen.add(entry.name)
  })
}

export type Configuration = z.output<typeof configurationSchema>
export type ConfigurationInput = z.input<typeof configurationSchema>
export type ConnectionConfiguration = Configuration['connections'][number]
export type IssuerConfiguration = Configuration['identity']['issuers'][number]
export type KafkaConfiguration = z.output<typeof kafkaSchema>
export type StoreConfiguration = z.output<typeof storeSchema>
export type DetectionConfiguration = Configuration['detection']
export type MaskingConfiguration = Configuration['masking']
export type MaskingStyle = (typeof maskingStyles)[number]
export type Secret = z.infer<typeof secretSchema>
