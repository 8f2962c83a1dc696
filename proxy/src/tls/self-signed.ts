/**
 * A self-signed certificate (X.509 v3, ECDSA P-256), written in DER by hand: node:crypto makes keys and signatures but no
 * certificates, and the libraries that do want a reflection polyfill in the process. RFC 5280 §4.1. Pure but for the key.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'

export type SelfSigned = { certificatePem: string; keyPem: string }

/** A root of its own with nothing below it, for TLS servers: clients may give it as their only root. */
export function makeSelfSigned(
  commonName: string,
  names: { dns: readonly string[]; ip: readonly string[] },
  notBefore: Date,
  notAfter: Date,
): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = sequence(
    set(sequence(objectId('550403'), tagged(0x0c, Buffer.from(commonName)))), // CN, UTF8String
  )
  const ecdsaWithSha256 = sequence(objectId('2a8648ce3d040302'))
  // Positive and never zero: RFC 5280 §4.1.2.2.
  const serial = randomBytes(16)
  serial[0] = (serial[0]! & 0x3f) | 0x40
  const toBeSigned = sequence(
    tagged(0xa0, tagged(0x02, Buffer.of(2))), // version 3
    tagged(0x02, serial),
    ecdsaWithSha256,
    subject,
    sequence(time(notBefore), time(notAfter)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions(names))),
  )
  const signature = sign('sha256', toBeSigned, { key: privateKey, dsaEncoding: 'der' })
  const certificate = sequence(toBeSigned, ecdsaWithSha256, bitString(signature))
  return {
    certificatePem: pem('CERTIFICATE', certificate),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function extensions(names: { dns: readonly string[]; ip: readonly string[] }): Buffer[] {
  const alternativeNames = sequence(
    ...names.dns.map((name) => tagged(0x82, Buffer.from(name, 'latin1'))),
    ...names.ip.map((address) => tagged(0x87, addressBytes(address))),
  )
  const isAuthority = sequence(tagged(0x01, Buffer.of(0xff)), tagged(0x02, Buffer.of(0)))
  const serverAuthentication = sequence(objectId('2b06010505070301'))
  // digitalSignature and keyCertSign: 1000 0100, two unused bits.
  const keyUsage = tagged(0x03, Buffer.of(2, 0x84))
  return [
    extension('551d13', true, isAuthority),
    extension('551d0f', true, keyUsage),
    extension('551d25', false, serverAuthentication),
    extension('551d11', false, alternativeNames),
  ]
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  const octets = tagged(0x04, value)
  return critical
    ? sequence(objectId(id), tagged(0x01, Buffer.of(0xff)), octets)
    : sequence(objectId(id), octets)
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail = ''] = address.split('::')
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const before = groups(head)
  const after = groups(tail)
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]))
}

/** UTCTime until 2049, GeneralizedTime after: RFC 5280 §4.1.2.5. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return date.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2)))
    : tagged(0x18, Buffer.from(digits))
}

function tagged(tag: number, value: Buffer): Buffer {
  const { length } = value
  const header =
    length < 128
      ? [tag, length]
      : length < 256
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from(header), value])
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

function set(...parts: Buffer[]): Buffer {
  return tagged(0x31, Buffer.concat(parts))
}

function objectId(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'))
}

function bitString(bytes: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.of(0), bytes]))
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
