import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isGatetrailError } from '@gatetrail/schemas'
import { bearerChallenge, parseBearerMessage, parseInitialResponse } from './bearer-message.ts'

const parse = (text: string): unknown => parseBearerMessage(Buffer.from(text, 'latin1'))
const initial = (mechanism: string, length: number, data: string): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(length)
  return Buffer.concat([Buffer.from(`${mechanism}\0`), bytes, Buffer.from(data)])
}

test.each([
  ['as libpq sends it', 'n,,\x01auth=Bearer a.b-c_~+/0==\x01\x01', 'a.b-c_~+/0=='],
  ['with another case and more blanks', 'n,,\x01auth=bEARER   abc\x01\x01', 'abc'],
  ['of a client that could bind channels', 'y,,\x01auth=Bearer abc\x01\x01', 'abc'],
  ['beside host and port', 'n,,\x01host=db\x01port=5432\x01auth=Bearer abc\x01\x01', 'abc'],
])('a token %s is found', (_, text, token) => {
  expect(parse(text)).toEqual({ kind: 'token', token })
})

test.each(['n,,\x01auth=\x01\x01', 'n,,\x01auth=Bearer\x01\x01', 'n,,\x01auth=Bearer \x01\x01'])(
  '%j asks where to get a token',
  (text) => {
    expect(parse(text)).toEqual({ kind: 'discovery' })
  },
)

test.each(['Basic YTpi', 'Bearer a b', 'Bearer a\tb', 'Bearer =', 'abc', ' Bearer abc'])(
  '%j is no bearer token',
  (auth) => {
    expect(parse(`n,,\x01auth=${auth}\x01\x01`)).toEqual({ kind: 'malformed' })
  },
)

test.each([
  ['nothing', ''],
  ['channel binding', 'p=tls-unique,,\x01auth=Bearer abc\x01\x01'],
  ['a name to act as', 'n,a=admin,\x01auth=Bearer abc\x01\x01'],
  ['no header', '\x01auth=Bearer abc\x01\x01'],
  ['no auth', 'n,,\x01host=db\x01\x01'],
  ['two auths', 'n,,\x01auth=Bearer abc\x01auth=Bearer def\x01\x01'],
  ['AUTH, which is another key', 'n,,\x01AUTH=Bearer abc\x01\x01'],
  ['no end', 'n,,\x01auth=Bearer abc\x01'],
  ['bytes behind its end', 'n,,\x01auth=Bearer abc\x01\x01x'],
  ['a NUL', 'n,,\x01auth=Bearer a\0c\x01\x01'],
  ['a key with a digit', 'n,,\x01h0st=db\x01auth=Bearer abc\x01\x01'],
])('a message with %s is a violation', (_, text) => {
  expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'PROTOCOL_VIOLATION' }))
})

test.each([
  ['of another mechanism', initial('SCRAM-SHA-256', 3, 'n,,')],
  ['of a mechanism with another case', initial('oauthbearer', 3, 'n,,')],
  ['shorter than it says', initial('OAUTHBEARER', 4, 'n,,')],
  ['longer than it says', initial('OAUTHBEARER', 2, 'n,,')],
  ['of a negative length', initial('OAUTHBEARER', -2, '')],
  ['of no length, with data', initial('OAUTHBEARER', -1, 'n,,')],
  ['cut', Buffer.from('OAUTHBEARER\0\0\0')],
  ['without an end of its name', Buffer.from('OAUTHBEARER')],
])('an initial response %s is a violation', (_, body) => {
  expect(() => parseInitialResponse(body)).toThrow(
    expect.objectContaining({ code: 'PROTOCOL_VIOLATION' }),
  )
})

test('an initial response may leave its data for later', () => {
  expect(parseInitialResponse(initial('OAUTHBEARER', -1, ''))).toBeUndefined()
  expect(parseInitialResponse(initial('OAUTHBEARER', 3, 'n,,'))?.toString()).toBe('n,,')
})

test('any bytes end in a message or in an error of ours, in linear time', () => {
  const piece = fc.constantFrom('n,,', '\x01', 'auth=', 'Bearer ', 'abc', '=', ' ', 'a', '\0', 'ÿ')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 2_000 }), (pieces) => {
      try {
        parse(pieces.join(''))
      } catch (error) {
        expect(isGatetrailError(error)).toBe(true)
      }
    }),
    { numRuns: 200 },
  )
})

test.each([
  [
    'the first that is found by discovery',
    [
      { issuer: 'https://a.example', jwksFile: 'keys.json' },
      { issuer: 'https://b.example/realm/' },
      { issuer: 'https://c.example' },
    ],
    'https://b.example/realm/.well-known/openid-configuration',
  ],
  [
    'the first, where none is found by discovery',
    [
      { issuer: 'https://a.example', jwksUri: 'https://a.example/keys' },
      { issuer: 'https://b.example', jwksFile: 'keys.json' },
    ],
    'https://a.example/.well-known/openid-configuration',
  ],
])('the challenge names one issuer: %s', (_, issuers, address) => {
  expect(JSON.parse(bearerChallenge(issuers).toString())).toEqual({
    status: 'invalid_token',
    'openid-configuration': address,
    scope: 'openid',
  })
})
