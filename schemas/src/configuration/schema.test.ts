/** The configuration schema: its defaults, what it refuses, and that every setting says what it is. */
import { expect, test } from 'vitest'
import { describeFields } from '../reference/describe-fields.ts'
import { configurationSchema } from './schema.ts'

const smallest = {
  identity: {
    issuers: [
      {
        name: 'ci',
        issuer: 'https://ci.example.com',
        audience: 'gatetrail',
        principals: [{ kind: 'ci_job' }],
      },
    ],
  },
  connections: [
    {
      name: 'orders',
      protocol: 'postgres',
      address: '127.0.0.1:5432',
      database: 'orders',
      credential: { user: 'app' },
    },
  ],
  policies: ['policies/*.cedar'],
}

/** What is wrong, as `path: message`, when the smallest configuration has `value` at `path`. */
function issuesWith(path: readonly (string | number)[], value: unknown): string[] {
  const configuration: unknown = structuredClone(smallest)
  let place = configuration as Record<string | number, unknown>
  for (const step of path.slice(0, -1)) {
    place[step] ??= {}
    place = place[step] as Record<string | number, unknown>
  }
  place[path.at(-1)!] = value
  const parsed = configurationSchema.safeParse(configuration)
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

test('the smallest configuration gets every default', () => {
  const configuration = configurationSchema.parse(smallest)
  expect(configuration).toMatchObject({
    dataDir: '.gatetrail',
    tenant: 'default',
    listen: { postgres: '127.0.0.1:15432', operations: '127.0.0.1:8091', trustedProxies: [] },
    journal: { durability: 'write', keepHours: 24, bytesMax: 4 * 1024 ** 3 },
    web: { roles: { auditor: [], approver: [], admin: [] } },
  })
  expect(configuration.connections[0]).toMatchObject({
    tls: 'disable',
    tags: [],
    columns: {},
    strict: false,
  })
})

test('trusted proxies are addresses and networks of either family, never names, and never everybody', () => {
  const good = ['192.0.2.7', '10.1.0.0/16', '2001:db8::1', 'fd00::/8']
  expect(issuesWith(['listen', 'trustedProxies'], good)).toEqual([])
  for (const wrong of ['balancer', '10.1.0.0/33', '10.1.0', 'fd00::/129', '192.0.2.7:5432', '']) {
    expect(issuesWith(['listen', 'trustedProxies'], [...good, wrong])).toEqual([
      expect.stringMatching(/^listen\.trustedProxies\.4: an address or a CIDR/),
    ])
  }
  for (const everybody of ['0.0.0.0/0', '::/0']) {
    expect(issuesWith(['listen', 'trustedProxies'], [everybody])).toEqual([
      expect.stringMatching(/^listen\.trustedProxies\.0: .*not every address/),
    ])
  }
})

test.each([
  [['lisen'], {}, /lisen/],
  [['listen', 'postgress'], '127.0.0.1:1', /postgress/],
  [['journal', 'durabilty'], 'fsync', /durabilty/],
  [['identity', 'issuers', 0, 'audiences'], 'x', /audiences/],
  [['connections', 0, 'credential', 'pasword'], { env: 'X' }, /pasword/],
  [
    ['connections', 0, 'credential', 'password'],
    'in clear',
    /connections\.0\.credential\.password/,
  ],
])('an unknown key or a secret in clear is refused: %j', (path, value, message) => {
  const issues = issuesWith(path, value)
  expect(issues.length).toBeGreaterThan(0)
  expect(issues.join('\n')).toMatch(message)
})

test.each([
  [['journal', 'durability'], 'maybe', /^journal\.durability/],
  [['journal', 'bytesMax'], 1000, /^journal\.bytesMax/],
  [['listen', 'postgres'], '127.0.0.1', /^listen\.postgres: expected host:port/],
  [['listen', 'postgres'], '127.0.0.1:99999', /65535/],
  [['identity', 'issuers', 0, 'groups'], {}, /either allow or map/],
  [['identity', 'issuers', 0, 'groups'], { allow: [], map: {} }, /either allow or map/],
  [['identity', 'issuers', 0, 'algorithms'], ['none'], /algorithms/],
  [['identity', 'issuers', 0, 'algorithms'], ['HS256'], /algorithms/],
  [['identity', 'issuers', 0, 'principals'], [], /principals/],
  [['web', 'login'], { issuer: 'nobody', clientId: 'x' }, /no issuer is named nobody/],
  [['connections', 0, 'columns'], { ssn: 'US_SSN' }, /schema\.relation\.column/],
  [['connections', 1], smallest.connections[0], /orders is named twice/],
  [['connections', 0, 'credential', 'certFile'], 'a.crt', /certFile and keyFile, or neither/],
  [
    ['connections', 0, 'credential'],
    { user: 'app', certFile: 'a.crt', keyFile: 'a.key' },
    /certFile: a client certificate needs tls/,
  ],
  [['connections', 0, 'credential', 'readOnly'], {}, /readOnly\.user/],
  [['connections', 0, 'strict'], 'yes', /strict/],
  [['policies'], [], /^policies/],
])('a wrong value is refused where it stands: %j', (path, value, message) => {
  const issues = issuesWith(path, value)
  expect(issues).toHaveLength(1)
  expect(issues[0]).toMatch(message)
})

test('every setting has a sentence, and none is said to be required that has a default', () => {
  const rows = describeFields(configurationSchema)
  expect(rows.length).toBeGreaterThan(40)
  expect(rows.filter(({ description }) => description === '').map(({ path }) => path)).toEqual([])
  const inconsistent = rows.filter((row) => row.required && row.default !== undefined)
  expect(inconsistent.map(({ path }) => path)).toEqual([])
})
