/**
 * Values that detectors know, and some that they must not. All are made up: reserved domains, documentation addresses, test cards,
 * keys without a lock. Tokens are put together here, so that no scanner of sources takes them for leaked ones.
 */
const letters = 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zAbCdEfGhIjKlMnOpQrStUvWxYz0123456789'

/** So many characters of every kind, other ones for another `from`. */
function mixed(length: number, from: number): string {
  return Array.from(
    { length },
    (_, index) => letters[(from * 7 + index * 5) % letters.length],
  ).join('')
}

function key(prefix: readonly string[], length: number, from: number): string {
  return prefix.join('') + mixed(length, from)
}

const pemBody = Array.from({ length: 12 }, (_, line) => mixed(64, line)).join('\n')

export const samples: readonly string[] = [
  'ann.example@example.com',
  'bob+tag@mail.example.co.uk',
  'иван@пример.рф',
  'müller@exämple.de',
  '536-90-4399',
  'SSN 219 09 9999',
  'ITIN 912-70-1234',
  '4111 1111 1111 1111',
  '4111111111111111',
  '3782 822463 10005',
  '5555-5555-5555-4444',
  '6011000990139424',
  'DE89370400440532013000',
  'GB29 NWBK 6016 1331 9268 19',
  'FR14 2004 1010 0505 0001 3M02 606',
  '+44 20 7946 0958',
  '+1 (202) 555-0143',
  'phone: (415) 555-0132',
  'tel. 030 23125 123',
  '192.0.2.17',
  '2001:db8::8a2e:370:7334',
  '203.0.113.9:8443',
  '00:00:5e:00:53:af',
  '0000.5e00.53af',
  'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
  '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa',
  'passport no. 512345678',
  "driver's license D1234567",
  'date of birth: 1984-02-29',
  'born on 3 March 1971',
  'NHS number 943 476 5919',
  'DNI 12345678Z',
  'CPF 529.982.247-25',
  'password = "correct-horse-7battery"',
  'postgres://app:s3cr3t-w0rd@db.example.com:5432/orders',
  `-----BEGIN RSA PRIVATE KEY-----\n${pemBody}\n-----END RSA PRIVATE KEY-----`,
  key(['gh', 'p_'], 36, 1),
  key(['AK', 'IA'], 16, 2).toUpperCase(),
  key(['xo', 'xb-'], 40, 3),
  key(['sk_', 'live_'], 24, 4),
  key(['gl', 'pat-'], 20, 5),
  `api_key: "${mixed(40, 6)}"`,
  ['ey', 'JhbGciOiJIUzI1NiJ9.', 'ey', 'JzdWIiOiIxMjM0NTY3ODkwIn0.', mixed(43, 8)].join(''),
  `secret=${mixed(32, 9)}`,
  'Mr. John Sample',
  '12 Example Street, Springfield',
]

export const nearMisses: readonly string[] = [
  '2026-11-21T22:30:00.000Z',
  '1763764200000',
  '550e8400-e29b-41d4-a716-446655440000',
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'v1.2.3.4-rc.5',
  '4111 1111 1111 1112',
  '000-12-3456',
  'not@an@email',
  '@',
  '12:34:56',
  '999.999.999.999',
  'DE00370400440532013000',
  'password',
  'password:',
  '-----BEGIN RSA PRIVATE KEY-----\nnothing of the kind',
  '-----BEGIN',
  '+1',
  '(415',
  'a'.repeat(600),
  '7'.repeat(600),
]
