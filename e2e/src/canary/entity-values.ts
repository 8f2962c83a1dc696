/**
 * A value of every entity that can be found by its look, and of some thirty kinds of secrets, each in a sentence as it stands in
 * notes and logs. Invented; put together here, so that no scanner takes this file for a leak.
 */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { withLuhnDigit } from '../harness/shop.ts'

export type EntityValue = {
  readonly name: string
  readonly entity: string
  /** What must never be seen. */
  readonly secret: string
  /** With what stands around it. */
  readonly sentence: string
}

const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const lower = 'abcdefghijklmnopqrstuvwxyz'
const digits = '0123456789'
const hexDigits = '0123456789abcdef'
const base62 = digits + upper + lower

let state = 20_241_121

function random(length: number, alphabet: string): string {
  let text = ''
  for (let at = 0; at < length; at++) {
    state = (state * 48_271) % 2_147_483_647
    text += alphabet[state % alphabet.length]
  }
  return text
}

const hex = (length: number): string => random(length, hexDigits)
const word = (length: number): string => random(length, base62)
const base64Url = (text: string): string => Buffer.from(text).toString('base64url')

/** ISO 13616: the check digits make the number 1 modulo 97. */
function iban(country: string, account: string): string {
  const numbers = [...`${account}${country}00`].map((letter) => parseInt(letter, 36)).join('')
  const check = 98n - (BigInt(numbers) % 97n)
  return `${country}${String(check).padStart(2, '0')}${account}`
}

/** Base58Check of a hash of a public key. */
function bitcoinAddress(): string {
  const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
  const body = Buffer.concat([Buffer.of(0), Buffer.from(hex(40), 'hex')])
  const sha = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest()
  let number = BigInt(`0x${Buffer.concat([body, sha(sha(body)).subarray(0, 4)]).toString('hex')}`)
  let text = ''
  for (; number > 0n; number /= 58n) text = alphabet[Number(number % 58n)]! + text
  return `1${text}`
}

function spanishNif(): string {
  const number = `4${random(7, digits)}`
  return number + 'TRWAGMYFPDXBNJZSQVHLCKE'[Number(number) % 23]!
}

/** As GitHub and npm do: the last six are the CRC32 of the others. */
function withCrc(body: string): string {
  let check = ''
  for (let rest = crc32(body), digit = 0; digit < 6; digit++, rest = Math.floor(rest / 62)) {
    check = base62[rest % 62]! + check
  }
  return body + check
}

function webToken(): string {
  const header = base64Url(JSON.stringify({ alg: 'HS256', typ: 'JWT' }))
  const claims = base64Url(JSON.stringify({ sub: word(12), iat: 1_700_000_000 }))
  return `${header}.${claims}.${random(43, `${base62}-_`)}`
}

const keyLine = random(64, `${base62}+/`)

function privateKey(): string {
  const lines = [random(64, `${base62}+/`), keyLine, `${random(42, base62)}==`]
  const [begin, end] = ['BEGIN', 'END'].map((word) => `-----${word} RSA PRIVATE KEY-----`)
  return [begin, ...lines, end].join('\n')
}

const marked = (...parts: string[]): string => parts.join('')

/** Found by their look: level `likely` or above. */
const byLook: readonly [name: string, entity: string, secret: string, around: string][] = [
  ['email', 'EMAIL', 'quill.marrow@fern-canary.example.net', 'write to {} today'],
  ['ssn', 'US_SSN', '536-22-8741', 'his ssn {} was wrong'],
  ['itin', 'US_ITIN', '912-78-4521', 'taxpayer number ITIN {} given'],
  ['card', 'CREDIT_CARD', withLuhnDigit('546616016003061'), 'paid by card {}.'],
  ['iban', 'IBAN', iban('DE', `5001${random(14, '123456789')}`), 'pay to IBAN {} now'],
  ['phone', 'PHONE', '+44 20 7946 0958', 'call {} at noon'],
  ['ipv4', 'IP_ADDRESS', '185.44.77.201', 'came from {} twice'],
  ['ipv6', 'IP_ADDRESS', '2a02:8108:9640:1f2c:75d1:be93:40aa:7c1e', 'came from {} twice'],
  ['mac', 'MAC_ADDRESS', '3c:52:82:aa:1f:9e', 'device {} joined'],
  ['bitcoin', 'CRYPTO', bitcoinAddress(), 'bitcoin wallet {} paid'],
  ['nif', 'NATIONAL_ID', spanishNif(), 'con DNI {} de Madrid'],
  ['passport', 'US_PASSPORT', '561908347', 'passport number: {}'],
  ['licence', 'US_DRIVER_LICENSE', 'D7412089', 'driver license: {}'],
  ['birth', 'DATE_OF_BIRTH', '1979-03-14', 'date of birth: {}'],
  ['jwt', 'JWT', webToken(), 'sent bearer {} along'],
]

const secrets: readonly [name: string, secret: string, around?: string][] = [
  ['github pat', marked('gh', 'p_') + withCrc(word(30))],
  ['github fine-grained', marked('github', '_pat_') + word(22) + '_' + word(59)],
  ['gitlab pat', marked('gl', 'pat-') + word(20)],
  ['aws key id', marked('AK', 'IA') + random(16, `${upper}234567`)],
  ['aws secret', random(40, `${base62}+/`), 'aws_secret_access_key = {}'],
  ['google api key', marked('AI', 'za') + word(35)],
  ['digitalocean', marked('dop', '_v1_') + hex(64)],
  ['slack bot', marked('xo', 'xb-') + `${random(12, '123456789')}-${random(12, '123456789')}-${word(24)}`], // prettier-ignore
  ['stripe', marked('sk', '_live_') + word(24)],
  ['sendgrid', marked('S', 'G.') + `${word(22)}.${word(43)}`],
  ['npm', marked('npm', '_') + withCrc(word(30))],
  ['pypi', marked('pypi-', 'AgEIcHlwaS5vcmc') + word(70)],
  ['rubygems', marked('rubygems', '_') + hex(48)],
  ['docker', marked('dckr', '_pat_') + word(27)],
  ['vault', marked('hv', 's.') + word(24)],
  ['databricks', marked('da', 'pi') + hex(32)],
  ['grafana', marked('gl', 'sa_') + `${word(32)}_${hex(8)}`],
  ['postman', marked('PM', 'AK-') + `${hex(24)}-${hex(34)}`],
  ['doppler', marked('dp', '.pt.') + word(43)],
  ['shopify', marked('shp', 'at_') + hex(32)],
  ['netlify', marked('nf', 'p_') + word(36)],
  ['telegram bot', `${random(9, '123456789')}:A${marked('AE', '')}${word(32)}`, 'telegram bot token {}'],
  ['generic api key', word(32), 'api_key = "{}"'],
  ['client secret', word(36), 'client_secret: {}'],
  ['password', 'tR7-quoll!Bramble', 'password = {}'],
  ['url password', 'Vex9Thistle42', 'postgres://reader:{}@db.example.com/orders'],
] // prettier-ignore

export const entityValues: readonly EntityValue[] = [
  ...byLook.map(([name, entity, secret, around]) => valueOf(name, entity, secret, around)),
  {
    name: 'private key',
    entity: 'PRIVATE_KEY',
    secret: keyLine,
    sentence: `found key\n${privateKey()}\nin a note`,
  },
  ...secrets.map(([name, secret, around = 'use {} for it']) =>
    valueOf(name, 'SECRET', secret, around),
  ),
]

function valueOf(name: string, entity: string, secret: string, around: string): EntityValue {
  return { name, entity, secret, sentence: around.replace('{}', secret) }
}

/** Without a look: only the name of their column tells. */
export const namedValues = {
  person: 'Quoxworth Zephyrinka',
  address: '4711 Wendelgass Crescent',
  /** As number, and as date. */
  number: '536228741',
  birthDate: '1979-03-14',
  /** What a vote over the other values of its column tells. */
  odd: 'Vexillate Grimbolt',
} as const
