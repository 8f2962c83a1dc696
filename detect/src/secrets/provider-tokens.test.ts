import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { providerTokens } from './provider-tokens.ts'
import { alphabets, findSecrets, randomText } from './testing/find-secrets.ts'
import { tokenFormat } from './token-format.ts'

const word = (length: number): string => randomText(length, alphabets.word)
const hex = (length: number): string => randomText(length, alphabets.hex)

// Put together here, so that no scanner takes this file for a leak.
const token = (...parts: readonly string[]): string => parts.join('')
const githubPat = token('gh', 'p_', word(36))
const stripe = token('sk', '_live_', word(24))
const aws = token('AK', 'IA', randomText(16, alphabets.upper))

describe('tokens of providers', () => {
  it('knows them by their marks, wherever they stand', () => {
    expect(findSecrets(`see ${githubPat}.`)).toEqual([`github_pat/likely:${githubPat}`])
    expect(findSecrets(`{"k":"a\\n${stripe}"}`)).toEqual([`stripe_key/certain:${stripe}`])
    expect(findSecrets(`x=%22${aws}%22`)).toEqual([`aws_access_key_id/certain:${aws}`])
    expect(findSecrets(`https://oauth2:${githubPat}@example.com/`)).toHaveLength(1)
  })

  it.each([
    ['databricks_token', token('da', 'pi', hex(32))],
    ['slack_token', token('xo', 'xb-', '2345678901-2345678901-', word(24))],
    ['sendgrid_key', token('S', 'G.', word(22), '.', word(43))],
    ['openai_key', token('s', 'k-proj-', word(64))],
    ['anthropic_key', token('s', 'k-ant-api03-', word(93), 'AA')],
    ['gitlab_pat', token('gl', 'pat-', word(20))],
    ['doppler_token', token('d', 'p.st.prod.', word(40))],
    ['npm_token', token('np', 'm_', word(36))],
    ['twilio_key', token('S', 'K', hex(32))],
    ['mailchimp_key', token(hex(32), '-us21')],
    ['mailgun_key', token(hex(32), '-', hex(8), '-', hex(8))],
    ['airtable_token', token('pat', word(14), '.', hex(64))],
    ['discord_token', token('MTE', word(21), '.', word(6), '.', word(38))],
    ['telegram_token', token('123456789', ':AA', word(33))],
    ['azure_client_secret', token('a1b', '8Q~', word(34))],
    ['azure_devops_token', token(word(76), 'AZ', 'DO', word(4))],
    ['terraform_token', token(word(14), '.atlas', 'v1.', word(64))],
    ['newrelic_license_key', token(hex(36), 'NR', 'AL')],
    [
      'slack_webhook',
      token('https://hooks.slack.com/', 'services/T0', word(8), '/B0', word(8), '/', word(24)),
    ],
    ['vault_token', token('hv', 's.', word(90))],
  ])('finds %s, and neither with another letter behind nor in front', (name, text) => {
    expect(
      findSecrets(`"${text}"`).map((found) => found.replace(/\/(likely|certain):/, ' ')),
    ).toEqual([`${name} ${text}`])
    expect(findSecrets(`zzzz${text}`).filter((found) => found.includes(name))).toEqual(
      name === 'slack_webhook' ? expect.anything() : [],
    )
  })

  it('is certain of a token of GitHub whose check digits fit', () => {
    const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    const body = word(30)
    let check = ''
    for (let crc = crc32(body), digit = 0; digit < 6; digit++, crc = Math.floor(crc / 62))
      check = base62[crc % 62]! + check
    const sure = token('gh', 'p_', body, check)
    expect(findSecrets(sure)).toEqual([`github_pat/certain:${sure}`])
  })

  it('takes no part of a longer word, no placeholder and no wrong length for one', () => {
    expect(findSecrets(`a${githubPat}`)).toEqual([])
    expect(findSecrets(`${githubPat}a`)).toEqual([])
    expect(findSecrets(githubPat.slice(0, -1))).toEqual([])
    expect(findSecrets(`ghp_${'x'.repeat(36)}`)).toEqual([])
    expect(findSecrets('AKIAIOSFODNN7EXAMPLE')).toEqual([])
    expect(findSecrets('task_test_1234567890abcdefghij')).toEqual([])
  })

  it('has a name of its own for each provider, of more than a hundred', () => {
    const names = providerTokens.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThan(100)
  })

  it('refuses a format that could not be looked for, when it is loaded', () => {
    expect(() => tokenFormat('SK<h32>')).toThrow('less than three')
    expect(() => tokenFormat('abc<q3>')).toThrow('no class')
  })
})

describe('JSON web tokens and private keys', () => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signature = word(43)

  it('knows a JSON web token by its header, with or without a signature', () => {
    const jwt = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: '1', name: 'x' })}`
    expect(findSecrets(`Cookie: t=${jwt}.${signature};`)).toEqual([
      `jwt/certain:${jwt}.${signature}`,
    ])
    expect(findSecrets(jwt)).toEqual([`jwt/certain:${jwt}`])
    expect(findSecrets(`${part({ typ: 'JWT' })}.${part({ sub: '12345' })}.${signature}`)).toEqual(
      [],
    )
    expect(findSecrets(`eyJBB.eyJCC.${signature}`)).toEqual([])
  })

  it.each(['', 'RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED ', 'DSA '])(
    'takes the whole block of a PEM %sPRIVATE KEY',
    (kind) => {
      const body = [1, 2, 3].map((seed) => randomText(64, alphabets.base64, seed)).join('\n')
      const heading = `${kind}PRIVATE KEY-----`
      const pem = `-----BEGIN ${heading}\n${body}\n-----END ${heading}`
      expect(findSecrets(`x ${pem} y`)).toEqual([`private_key/certain:${pem}`])
      const json = JSON.stringify({ key: `${pem}\n`, id: 'abc' })
      expect(findSecrets(json)).toEqual([`private_key/certain:${JSON.stringify(pem).slice(1, -1)}`])
      expect(findSecrets(pem.replaceAll('PRIVATE', 'PUBLIC'))).toEqual([])
    },
  )

  it('takes what there is of a key whose end is missing, up to 16 KiB', () => {
    const heading = '-----BEGIN PRIVATE KEY-----\n'
    const cut = heading + randomText(200, alphabets.base64)
    expect(findSecrets(cut)).toEqual([`private_key/certain:${cut}`])
    const [found = ''] = findSecrets(heading + randomText(40_000, alphabets.base64))
    expect(found.length).toBe('private_key/certain:'.length + 16 * 1024)
    expect(findSecrets(`${heading}anything\n-----END PRIVATE KEY-----`)).toEqual([])
  })
})
