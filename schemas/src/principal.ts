/** Who is calling, as every event names it (design §4). Made by proxy/src/identity, matched by proxy/src/policy. */
import { z } from 'zod'

export const principalKinds = ['ci_job', 'agent', 'service_account', 'human', 'legacy_key'] as const

/** The run that a principal acts for: attribution is per run, not per account. */
export const runSchema = z.strictObject({
  provider: z.string().describe('Who ran it: github, gitlab, kubernetes, …'),
  id: z.string().describe("The run's id at its provider."),
  attempt: z.string().optional().describe('Of the run.'),
  workflow: z.string().optional().describe('The workflow, pipeline or job name.'),
  repository: z.string().optional().describe('What it was run from.'),
  url: z.string().optional().describe('Where a person can look at the run.'),
})

export const delegatorSchema = z.strictObject({
  subject: z.string().describe('Who delegated.'),
  issuer: z.string().optional().describe('Whose subject that is.'),
})

export const principalSchema = z.strictObject({
  kind: z.enum(principalKinds).describe('What it is.'),
  issuer: z.string().describe('The configured name of the issuer, not its address.'),
  subject: z.string().describe('As the issuer names it.'),
  groups: z
    .array(z.string())
    .describe('The groups that count, after the allow-list or map of the issuer.'),
  groupsIgnored: z
    .array(z.string())
    .optional()
    .describe('Groups the token named that grant nothing.'),
  run: runSchema.optional().describe('The run that it acts for.'),
  onBehalfOf: z
    .array(delegatorSchema)
    .optional()
    .describe('RFC 8693 act chain, nearest delegator first.'),
})

export type PrincipalKind = (typeof principalKinds)[number]
export type Run = z.infer<typeof runSchema>
export type Principal = z.infer<typeof principalSchema>

/** `<issuer name>#<subject>`: the Cedar entity id and the display name of a principal. */
export function principalId(principal: Pick<Principal, 'issuer' | 'subject'>): string {
  return `${principal.issuer}#${principal.subject}`
}
