/** Runs docs/identity-mappings.md: what it says is what happens. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configurationSchema } from '@gatetrail/schemas'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { createAuthenticator, type VerifiedIdentity } from './authenticator.ts'
import { nowMs, outcomeOf, publicJwk, rsaKey, signRaw, silent } from './testing/issuer.ts'

const page = await readFile(new URL('../../../docs/identity-mappings.md', import.meta.url), 'utf8')
const sections = page.split(/^## /m).slice(1)
const claimsSchema = z.record(z.string(), z.unknown())
const fileSchema = z.strictObject({ identity: configurationSchema.shape.identity })
const key = rsaKey('one')
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-mappings-'))
  await writeFile(join(directory, 'keys.json'), JSON.stringify({ keys: [publicJwk(key)] }))
})
afterAll(() => rm(directory, { recursive: true }))

type Example = {
  claims: z.infer<typeof claimsSchema>
  outcome: 'principal' | 'refused'
  expected: unknown
}

function blocksOf(section: string): { yaml: string; examples: Example[] } {
  const blocks = [...section.matchAll(/^```(\w+)(?: (\w+))?\n(.*?)^```$/gms)]
  const yaml = blocks.find(([, language]) => language === 'yaml')?.[3] ?? ''
  const json = blocks.filter(([, language]) => language === 'json')
  const examples: Example[] = []
  for (let index = 0; index + 1 < json.length; index += 2) {
    const [, , first, claims = ''] = json[index] ?? []
    const [, , outcome, expected = ''] = json[index + 1] ?? []
    if (first !== 'claims' || (outcome !== 'principal' && outcome !== 'refused'))
      throw new Error(`odd blocks in ${section}`)
    examples.push({
      claims: claimsSchema.parse(JSON.parse(claims)),
      outcome,
      expected: JSON.parse(expected),
    })
  }
  return { yaml, examples }
}

async function verify(yaml: string, claims: Example['claims']): Promise<VerifiedIdentity> {
  const { identity } = fileSchema.parse(parse(yaml))
  // The real issuers' keys are not ours: their tokens are signed with a key from a file.
  const issuers = identity.issuers.map((issuer) => ({ ...issuer, jwksFile: 'keys.json' }))
  const authenticator = createAuthenticator(
    { ...identity, issuers },
    { baseDirectory: directory, log: silent },
  )
  try {
    return await authenticator.verify(
      signRaw({ alg: 'RS256', typ: 'JWT', kid: key.kid }, claims, key),
      nowMs,
    )
  } finally {
    await authenticator.close()
  }
}

it('the page has the five issuers', () => {
  expect(sections.map((section) => section.split('\n')[0])).toEqual([
    'GitHub Actions',
    'GitLab CI',
    'Kubernetes service account',
    'Entra',
    'Keycloak',
  ])
})

describe.each(sections.map((section) => [section.split('\n')[0], blocksOf(section)] as const))(
  '%s',
  (_, { yaml, examples }) => {
    it('shows at least one principal and one refusal', () => {
      expect(new Set(examples.map(({ outcome }) => outcome))).toEqual(
        new Set(['principal', 'refused']),
      )
    })

    it.each(examples)(
      'the token of $claims.sub gives what the page says',
      async ({ claims, outcome, expected }) => {
        if (outcome === 'refused') {
          expect(await outcomeOf(verify(yaml, claims))).toBe(expected)
          return
        }
        const verified = await verify(yaml, claims)
        expect(verified.principal).toEqual(expected)
        const recorded = JSON.stringify(verified.claims)
        for (const claim of ['email', 'user_email', 'name', 'preferred_username', 'actor']) {
          const value = claims[claim]
          if (typeof value === 'string' && !JSON.stringify(expected).includes(value))
            expect(recorded).not.toContain(value)
        }
      },
    )
  },
)
