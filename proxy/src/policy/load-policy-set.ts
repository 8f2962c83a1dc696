/** From the texts of policy files to a validated set. One error anywhere refuses the whole set. Pure but for Cedar. */
import { basename, extname } from 'node:path'
import {
  policyToJson,
  validate,
  type DetailedError,
  type PolicyJson,
} from '@cedar-policy/cedar-wasm/nodejs'
import { placeOf, PolicyInvalidError } from './error.ts'
import { createPolicySet, type Policy, type PolicySet } from './policy-set.ts'
import { policySchema } from './schema.ts'
import { splitPolicies, type PolicyText } from './split-policies.ts'

export type PolicyFile = {
  /** As shown in errors. */
  file: string
  text: string
}

type Placed = { policy: Policy; at: PolicyText; source: PolicyFile }

const idPattern = /^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,127}$/

/**
 * Parses and validates policy files. The set answers synchronously.
 * @throws PolicyInvalidError POLICY_INVALID, with the place of the first error: one that doesn't parse, doesn't fit the
 *   schema, is a template, or has the id of another.
 */
export function loadPolicySet(files: readonly PolicyFile[]): PolicySet {
  const placed = new Map<string, Placed>()
  for (const source of files) {
    for (const [index, at] of splitPolicies(source.text).entries()) {
      const entry = readPolicy(source, at, index + 1)
      const twin = placed.get(entry.policy.id)
      if (twin !== undefined) {
        throw invalid(
          entry,
          0,
          `the policy id "${entry.policy.id}" is also used in ${twin.source.file}`,
        )
      }
      placed.set(entry.policy.id, entry)
    }
  }
  const warnings = validateAll(placed)
  return createPolicySet(
    [...placed.values()].map(({ policy }) => policy),
    warnings,
  )
}

function readPolicy(source: PolicyFile, at: PolicyText, number: number): Placed {
  const parsed = policyToJson(at.text)
  if (parsed.type === 'failure') {
    const [error] = parsed.errors
    throw invalidAt(source, at, error, 'the policy does not parse')
  }
  const annotations = annotationsOf(parsed.json)
  const id = annotations['id'] ?? `${basename(source.file, extname(source.file))}.${number}`
  const policy: Policy = {
    id,
    file: source.file,
    text: at.text,
    effect: parsed.json.effect,
    annotations,
    json: parsed.json,
  }
  const entry = { policy, at, source }
  if (annotations['id'] !== undefined && !idPattern.test(id)) {
    throw invalid(entry, 0, 'a policy id has letters, digits and _ . : / - only, at most 128')
  }
  if (annotations['approval'] !== undefined && policy.effect === 'permit') {
    throw invalid(entry, 0, '@approval belongs on a forbid: it lifts it')
  }
  if (annotations['approval']?.trim() === '') {
    throw invalid(entry, 0, '@approval names the groups that must approve, separated by commas')
  }
  return entry
}

function annotationsOf({ annotations }: PolicyJson): Record<string, string> {
  // An annotation without a value is null in Cedar's JSON, whatever its type says.
  return Object.fromEntries(
    Object.entries(annotations ?? {}).map(([name, value]: [string, string | null]) => [
      name,
      value ?? '',
    ]),
  )
}

function validateAll(placed: ReadonlyMap<string, Placed>): string[] {
  const staticPolicies = Object.fromEntries(
    [...placed].map(([id, { policy }]) => [id, policy.text] as const),
  )
  const answer = validate({ schema: policySchema, policies: { staticPolicies } })
  if (answer.type === 'failure') {
    const [error] = answer.errors
    throw new PolicyInvalidError({ file: 'policies' }, error?.message ?? 'they do not validate')
  }
  const order = [...placed.keys()]
  const errors = answer.validationErrors.sort(
    (a, b) => order.indexOf(a.policyId) - order.indexOf(b.policyId),
  )
  const [first] = errors
  const entry = first === undefined ? undefined : placed.get(first.policyId)
  if (first !== undefined && entry !== undefined) {
    throw invalidAt(entry.source, entry.at, first.error, 'the policy does not fit the schema')
  }
  return answer.validationWarnings.map(({ error }) => error.message)
}

function invalid({ at, source }: Placed, offset: number, what: string): PolicyInvalidError {
  return new PolicyInvalidError(placeOf(source.file, source.text, at.byteOffset + offset), what)
}

function invalidAt(
  source: PolicyFile,
  at: PolicyText,
  error: DetailedError | undefined,
  otherwise: string,
): PolicyInvalidError {
  const location = error?.sourceLocations?.[0]
  const label = location?.label ?? undefined
  const message = (error?.message ?? otherwise).replace(
    /^failed to parse polic\w+ from string: /,
    '',
  )
  const hint = error?.help ?? undefined
  return new PolicyInvalidError(
    placeOf(source.file, source.text, at.byteOffset + (location?.start ?? 0)),
    label === undefined ? message : `${message} (${label})`,
    hint === undefined ? {} : { hint },
  )
}
