/** For tests: texts of names, operators, values and what ends them, in all combinations. All values are made up. */
import { alphabets, randomText } from './find-secrets.ts'

const token = randomText(32, alphabets.lower)
const heading = '-----BEGIN PRIVATE KEY-----'
const names = [
  ...[
    'password',
    'pass',
    'PWD',
    'token',
    'apiKey',
    'x-api-key',
    'okta',
    'secret_',
    '"auth"',
    'curl -u bob',
  ],
  ...[
    'mysql -p',
    'identified by ',
    'authorization',
    'Bearer ',
    'Basic ',
    '://bob',
    'eyJhbGciOiJIUzI1NiJ9.',
    heading,
  ],
  ...[
    'sk-',
    'xoxb-',
    'hvs.',
    '8Q~',
    'AZDO',
    'NRAL',
    ':AA',
    '$2b$12$',
    '-----END',
    'Private-Lines: 2',
    'a',
    '1',
  ],
]
const operators = [
  ' = ',
  '=',
  ': ',
  ':',
  ' := ',
  ' => ',
  '="',
  ": '",
  '\\":\\"',
  '","',
  '>',
  ' ',
  '\n',
  '.',
  '_',
  '-',
  '',
]
const values = [
  token,
  'hunter2',
  'Pa$$w0rd!',
  'null',
  '${X}',
  '{{',
  '%3D',
  '…',
  'é',
  'abc-def',
  `${token}@host`,
]
const ends = ['"', "'", '\n', ' ', ';', ',', '&', '(', ')', '<', '\\', '@', '.', '']

export type RandomNumber = (below: number) => number

/** Lehmer's generator. */
export function randomNumbers(seed: number): RandomNumber {
  let state = seed
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

export function randomSecrets(next: RandomNumber): Uint8Array {
  const texts = Array.from({ length: 1 + next(4) }, () =>
    [names, operators, values, ends].map((list) => list[next(list.length)]).join(''),
  )
  return new TextEncoder().encode(texts.join(''))
}
