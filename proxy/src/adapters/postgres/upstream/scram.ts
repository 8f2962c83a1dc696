/**
 * SCRAM-SHA-256 as a client: RFC 5802 and RFC 7677, with channel binding (SCRAM-SHA-256-PLUS) where there is TLS. The server
 * may be hostile: what it may make us compute and keep is bounded, and it must prove that it knows the password too.
 */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { GatetrailError } from '@gatetrail/schemas'

/** PostgreSQL's default is 4,096. At this bound one login costs some 50 ms of one core, outside the event loop. */
export const scramIterationsMax = 100_000
const nonceLengthMax = 512
const saltLengthMax = 1024

export const scramMechanism = 'SCRAM-SHA-256'
export const scramPlusMechanism = 'SCRAM-SHA-256-PLUS'

/**
 * What the proof is bound to (RFC 5802 §6): `bound` to the TLS connection; `notOffered`: we could, and the server did not
 * offer it, which it checks: if it had, somebody took the offer away; `none`: there is nothing to bind to.
 */
export type ChannelBinding =
  | { readonly kind: 'bound'; readonly serverEndPoint: Buffer }
  | { readonly kind: 'notOffered' }
  | { readonly kind: 'none' }

const gs2Headers: Readonly<Record<ChannelBinding['kind'], string>> = {
  bound: 'p=tls-server-end-point,,',
  notOffered: 'y,,',
  none: 'n,,',
}

const deriveKey = promisify(pbkdf2)

/** RFC 5802 §3: what the password comes to with the server's salt and iterations. The salt of a role stays while its password does. */
type ScramKeys = { readonly client: Buffer; readonly stored: Buffer; readonly server: Buffer }

/** A target that sends another salt each time, or more roles than this, makes us derive again. */
const keysMax = 64
const keysOf = new Map<string, Promise<ScramKeys>>()

/** Deriving costs more than all else of opening a session, so it is done once per password and salt. */
async function scramKeys(password: string, salt: Buffer, iterations: number): Promise<ScramKeys> {
  const name = `${iterations} ${salt.toString('base64')} ${password}`
  const known = keysOf.get(name)
  if (known !== undefined) return known
  const derived = deriveKeys(password, salt, iterations)
  if (keysOf.size >= keysMax) keysOf.delete(keysOf.keys().next().value!)
  keysOf.set(name, derived)
  derived.catch(() => keysOf.delete(name))
  return derived
}

async function deriveKeys(password: string, salt: Buffer, iterations: number): Promise<ScramKeys> {
  const salted = await deriveKey(prepared(password), salt, iterations, 32, 'sha256')
  const client = hmac(salted, 'Client Key')
  const stored = createHash('sha256').update(client).digest()
  return { client, stored, server: hmac(salted, 'Server Key') }
}

export type ScramClient = {
  readonly firstMessage: string
  /** The answer to server-first. @throws GatetrailError UPSTREAM_PROTOCOL_VIOLATION */
  answer(serverFirst: string): Promise<string>
  /** @throws GatetrailError UPSTREAM_AUTHENTICATION_FAILED if the server does not know the password. */
  verify(serverFinal: string): void
}

/** `nonce`: printable ASCII without comma, fresh for every login. */
export function createScramClient(
  password: string,
  nonce: string,
  binding: ChannelBinding = { kind: 'none' },
): ScramClient {
  const gs2Header = gs2Headers[binding.kind]
  const bindingBytes = Buffer.concat([
    Buffer.from(gs2Header),
    binding.kind === 'bound' ? binding.serverEndPoint : Buffer.alloc(0),
  ])
  // PostgreSQL takes the user of the start-up packet: the name here stays empty.
  const firstBare = `n=,r=${nonce}`
  let serverSignature: Buffer | undefined
  return {
    firstMessage: gs2Header + firstBare,
    async answer(serverFirst) {
      const { serverNonce, salt, iterations } = parseServerFirst(serverFirst, nonce)
      const keys = await scramKeys(password, salt, iterations)
      const finalBare = `c=${bindingBytes.toString('base64')},r=${serverNonce}`
      const authMessage = `${firstBare},${serverFirst},${finalBare}`
      const clientSignature = hmac(keys.stored, authMessage)
      const proof = Buffer.from(keys.client.map((byte, index) => byte ^ clientSignature[index]!))
      serverSignature = hmac(keys.server, authMessage)
      return `${finalBare},p=${proof.toString('base64')}`
    },
    verify(serverFinal) {
      const signature = /^v=([A-Za-z0-9+/]{43}=)(?:,|$)/.exec(serverFinal)?.[1]
      const given = Buffer.from(signature ?? '', 'base64')
      if (
        serverSignature === undefined ||
        given.length !== serverSignature.length ||
        !timingSafeEqual(given, serverSignature)
      ) {
        throw new GatetrailError(
          'UPSTREAM_AUTHENTICATION_FAILED',
          'the target could not prove that it knows the password (SCRAM server signature)',
        )
      }
    },
  }
}

function parseServerFirst(
  serverFirst: string,
  nonce: string,
): { serverNonce: string; salt: Buffer; iterations: number } {
  const match = /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9]\d{0,9})$/.exec(
    serverFirst,
  )
  if (match === null) throw violation('sent a SCRAM message that is none')
  const [, serverNonce = '', saltText = '', iterationsText = ''] = match
  if (!serverNonce.startsWith(nonce) || serverNonce.length === nonce.length) {
    throw violation('answered another SCRAM nonce than ours')
  }
  if (serverNonce.length > nonceLengthMax) throw violation('sent a SCRAM nonce that is too long')
  if (saltText.length > saltLengthMax) throw violation('sent a SCRAM salt that is too long')
  const iterations = Number(iterationsText)
  if (iterations > scramIterationsMax) {
    throw violation(
      `asks for ${iterations} SCRAM iterations, and ${scramIterationsMax} are the most`,
    )
  }
  return { serverNonce, salt: Buffer.from(saltText, 'base64'), iterations }
}

/** SASLprep (RFC 4013) as far as PostgreSQL's own clients need it: other text than ASCII is normalised. */
function prepared(password: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/^[\x00-\x7f]*$/.test(password)) return password
  return password
    .replaceAll(/\u00ad|\u200b|\u200c|\u200d|\u2060|\ufeff|\p{Variation_Selector}/gu, '')
    .replaceAll(/\p{Space_Separator}/gu, ' ')
    .normalize('NFKC')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function violation(what: string): GatetrailError {
  return new GatetrailError('UPSTREAM_PROTOCOL_VIOLATION', `the target ${what}`)
}
