/** Bodies of the events about statements. Registered in ../registry.ts. */
import { z } from 'zod'
import { principalSchema } from '../principal.ts'
import { sqlFactsSchema } from '../sql-facts.ts'
import { touchSchema } from '../touch.ts'

/** Once per session and distinct description, before the first statement that refers to it. */
export const statementDescribed = z.strictObject({
  description: z
    .string()
    .describe('Keyed hash of the statement, base64url: what statement.decided refers to.'),
  text: z
    .string()
    .describe('As recorded: PII masked, numbers of repeated forms as $n; cut at 64 KiB.'),
  textBytes: z.int().describe('Length of the whole text.'),
  facts: sqlFactsSchema.describe('What it will do, as policies see it.'),
})

export const verdicts = ['allow', 'deny', 'hold'] as const

export const statementDecided = z.strictObject({
  description: z.string().describe('Of its statement.described.'),
  text: z
    .string()
    .optional()
    .describe('As recorded, where it differs from that of the description.'),
  path: z
    .enum(['simple', 'extended', 'parse', 'function_call'])
    .describe('By which messages of the protocol it came.'),
  verdict: z.enum(verdicts).describe('What was decided.'),
  policies: z.array(z.string()).describe('Ids of the deciding policies.'),
  policySet: z.string().describe('Hash of the policy set, hex.'),
  code: z.string().optional().describe('Why refused: STATEMENT_DENIED, STATEMENT_TOO_LARGE, …'),
  reason: z.string().optional().describe('What the client was told.'),
  approvalGroups: z.array(z.string()).optional().describe('Who could approve it.'),
})

export const statementCompleted = z.strictObject({
  statement: z.int().describe('seq of its statement.decided'),
  startedMicros: z.int().describe('Wall clock of the decision.'),
  durationMicros: z.int().describe('From the decision to the end of the answer.'),
  rows: z.int().describe('Rows returned or, by the command tag, affected.'),
  bytes: z.int().describe('Bytes of the answer as sent to the client.'),
  command: z.string().optional().describe('The command tag.'),
  error: z
    .strictObject({
      sqlstate: z.string().describe('Five characters.'),
      message: z.string().describe('As recorded, after masking.'),
    })
    .optional()
    .describe('As the target answered.'),
})

export const piiTouched = z.strictObject({
  statement: z.int().optional().describe('seq of the statement.decided'),
  startedMicros: z.int().describe('Wall clock of the decision.'),
  connection: z.string().describe('The configured name.'),
  ruleset: z.string().describe('Version of the detectors.'),
  fingerprintKey: z.string().optional().describe('The id of the key of its fingerprints.'),
  fingerprintsFollow: z
    .literal(true)
    .optional()
    .describe('A pii.fingerprinted of the session has them: they were made behind the answer.'),
  touches: z.array(touchSchema).min(1).describe('One per place, entity and outcome.'),
})

/** Of many values: these are hashed when the answer is on its way, while what was touched is on record before it. */
export const piiFingerprinted = z.strictObject({
  touched: z.int().describe('seq of its pii.touched.'),
  startedMicros: z.int().describe('As there.'),
  fingerprintKey: z.string().describe('The id of the key.'),
  touches: z
    .array(
      z.strictObject({
        ordinal: z.int().min(0).describe('Of the touch there.'),
        entity: z.string().describe('As there.'),
        fingerprints: z.string().describe('12 bytes each, one after the other, base64url.'),
      }),
    )
    .min(1)
    .describe('Those that have fingerprints.'),
})

/** What a later scan found in a recorded session. In the system session of who scanned: nobody writes into a session that is over. */
export const piiFound = z.strictObject({
  scan: z.string().describe('Of `gatetrail scan`, a UUID.'),
  session: z.string().describe('In whose records.'),
  seq: z.int().describe('Of the first record with a value; with the scan it names the finding.'),
  statement: z.int().optional().describe('seq of the statement.decided'),
  startedMicros: z.int().describe('Wall clock of the decision, or of the record.'),
  ordinal: z.int().describe('Of its first touch, among all that the scan found at that record.'),
  offsetMicros: z.int().describe('Of that record in the session: where a replay jumps to.'),
  principal: principalSchema.optional().describe('Whose session it is, as its opening says.'),
  connection: z.string().describe('The configured name.'),
  ruleset: z.string().describe('Version of the detectors that found it.'),
  fingerprintKey: z.string().optional().describe('The id of the key of its fingerprints.'),
  touches: z.array(touchSchema).min(1).describe('One per place and entity; the outcome is `late`.'),
})

export type StatementCompleted = z.infer<typeof statementCompleted>
export type StatementDecided = z.infer<typeof statementDecided>
export type StatementDescribed = z.infer<typeof statementDescribed>
export type Verdict = (typeof verdicts)[number]
