/**
 * JSON of tokens, where two readers must never see two things: an object that has a member twice is refused (RFC 7519 §4
 * lets parsers differ, which is how a checked claim and a used claim come apart). Pure.
 */
import { IdentityError } from './identity-error.ts'

export type JsonObject = { readonly [member: string]: unknown }

const depthMax = 16

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Parses one JSON object. `what` names it in errors.
 * @throws IdentityError TOKEN_MALFORMED, TOKEN_DUPLICATE_MEMBER
 */
export function parseStrictObject(bytes: Uint8Array, what: string): JsonObject {
  let text: string
  let value: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    value = JSON.parse(text)
  } catch {
    // The cause would quote the token.
    throw new IdentityError('TOKEN_MALFORMED', `The ${what} of the token is not JSON in UTF-8.`)
  }
  if (!isJsonObject(value)) {
    throw new IdentityError('TOKEN_MALFORMED', `The ${what} of the token is not a JSON object.`)
  }
  refuseDuplicates(text, what)
  return value
}

/** Walks over text that JSON.parse took: so only strings and brackets matter. */
function refuseDuplicates(text: string, what: string): void {
  /** Per open bracket: the members so far; undefined for an array. */
  const open: (Set<string> | undefined)[] = []
  let memberNext = false
  let at = 0
  while (at < text.length) {
    switch (text[at]) {
      case '{':
      case '[':
        memberNext = text[at] === '{'
        open.push(memberNext ? new Set() : undefined)
        if (open.length > depthMax) {
          throw new IdentityError('TOKEN_MALFORMED', `The ${what} of the token is nested too deep.`)
        }
        break
      case '}':
      case ']':
        open.pop()
        memberNext = false
        break
      case ',':
        memberNext = open.at(-1) !== undefined
        break
      case '"': {
        const end = endOfString(text, at)
        if (memberNext) addMember(open.at(-1), text.slice(at, end), what)
        memberNext = false
        at = end - 1
        break
      }
      default:
    }
    at++
  }
}

function addMember(members: Set<string> | undefined, literal: string, what: string): void {
  // Unescaped first: "sub" and "s\u0075b" are one member.
  const member = String(JSON.parse(literal))
  if (members === undefined) return
  if (members.has(member)) {
    throw new IdentityError(
      'TOKEN_DUPLICATE_MEMBER',
      `The ${what} of the token has a JSON member twice.`,
    )
  }
  members.add(member)
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}
