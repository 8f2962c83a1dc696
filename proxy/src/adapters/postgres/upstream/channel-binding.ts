/**
 * What SCRAM binds itself to: the hash of the server's certificate (tls-server-end-point, RFC 5929 §4.1), so that a stranger
 * in the middle cannot pass our proof on. By the hash of the certificate's signature, which node:crypto doesn't tell: so
 * much DER is read here. Pure. From connect.ts, to scram.ts.
 */
import { createHash } from 'node:crypto'

/** By object identifier, hex of its DER body. MD5 and SHA-1 are replaced by SHA-256, as the RFC says. */
const hashOfSignature: ReadonlyMap<string, string> = new Map([
  ['2a864886f70d010104', 'sha256'], // md5WithRSAEncryption
  ['2a864886f70d010105', 'sha256'], // sha1WithRSAEncryption
  ['2a864886f70d01010e', 'sha224'],
  ['2a864886f70d01010b', 'sha256'],
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d0401', 'sha256'], // ecdsa-with-SHA1
  ['2a8648ce3d040301', 'sha224'],
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
  ['2a8648ce380403', 'sha256'], // dsa-with-SHA1
  ['608648016503040301', 'sha224'], // dsa-with-sha224
  ['608648016503040302', 'sha256'],
])

const rsaPss = '2a864886f70d01010a'

/** Hashes as RSASSA-PSS names them; without a name it is SHA-1 (RFC 4055 §3.1). */
const hashOfPss: ReadonlyMap<string, string> = new Map([
  ['2b0e03021a', 'sha256'],
  ['608648016503040204', 'sha224'],
  ['608648016503040201', 'sha256'],
  ['608648016503040202', 'sha384'],
  ['608648016503040203', 'sha512'],
])

/** `certificate` in DER. Undefined: its signature (Ed25519, say) has no hash of its own, and there is nothing to bind to. */
export function serverEndPoint(certificate: Buffer): Buffer | undefined {
  const hash = hashOfCertificate(certificate)
  return hash === undefined ? undefined : createHash(hash).update(certificate).digest()
}

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm AlgorithmIdentifier, signatureValue } */
function hashOfCertificate(certificate: Buffer): string | undefined {
  const [, algorithm] = elements(elements(certificate)[0])
  const [identifier, parameters] = elements(algorithm)
  if (identifier?.tag !== 0x06) return undefined
  const name = identifier.body.toString('hex')
  if (name !== rsaPss) return hashOfSignature.get(name)
  const given = elements(parameters).find(({ tag }) => tag === 0xa0)
  if (given === undefined) return 'sha256'
  const [hash] = elements(elements(given)[0])
  return hash === undefined ? undefined : hashOfPss.get(hash.body.toString('hex'))
}

type Element = { tag: number; body: Buffer }

const elementsMax = 8

/** The elements in a constructed one, or in bytes; what is torn ends the list. */
function elements(container: Element | Buffer | undefined): Element[] {
  if (container === undefined) return []
  const bytes = Buffer.isBuffer(container) ? container : container.body
  const found: Element[] = []
  let at = 0
  while (at + 2 <= bytes.length && found.length < elementsMax) {
    const tag = bytes[at]!
    let length = bytes[at + 1]!
    at += 2
    if (length >= 0x80) {
      const digits = length & 0x7f
      if (digits === 0 || digits > 4 || at + digits > bytes.length) break
      length = bytes.readUIntBE(at, digits)
      at += digits
    }
    if (at + length > bytes.length) break
    found.push({ tag, body: bytes.subarray(at, at + length) })
    at += length
  }
  return found
}
