import { describe, expect, it } from 'vitest'
import { alphabets, findSecrets, randomText } from './testing/find-secrets.ts'

const value = randomText(32, alphabets.lower)

describe('secrets by the name that they are assigned to', () => {
  it.each([
    (text: string) => `acme_token: '${text}'`,
    (text: string) => `acme_token: ${text}`,
    (text: string) => `ACME_TOKEN=${text}`,
    (text: string) => `acmeToken := \`${text}\``,
    (text: string) => `acme_TOKEN ::= "${text}"`,
    (text: string) => `acme_TOKEN ?= "${text}"`,
    (text: string) => `var acmeToken string = "${text}"`,
    (text: string) => `const acmeToken: string = "${text}"`,
    (text: string) => `$acmeToken .= "${text}"`,
    (text: string) => `  "acmeToken" => "${text}"`,
    (text: string) => `setProperty("ACME_TOKEN", "${text}")`,
    (text: string) => `{"acme_token":"${text}"}`,
    (text: string) => `{\\"acme_token\\": \\"${text}\\"}`,
    (text: string) => `{"file": "ACME_TOKEN=${text}\\nNEXT=1"}`,
    (text: string) => `<acmeToken>\n    ${text}\n</acmeToken>`,
    (text: string) => `<add key="acmeToken" value="${text}"/>`,
    (text: string) => `{"name": "ACME_TOKEN", "value": "${text}"}`,
    (text: string) => `headers['x-api-key'] = '${text}'`,
    (text: string) => `/v1?access_token=${text}&x=1`,
    (text: string) => `deploy --token ${text}`,
    (text: string) => `invalid token ${text}`,
    (text: string) => `the token was token string = "${text}"`,
    (text: string) => `token key = ${text}`,
    (text: string) => `Authorization: Bearer ${text}`,
    (text: string) => `"authorization": "token ${text}"`,
    (text: string) => `ApiKey = b"${text}"`,
    (text: string) => `SECRET_KEY_BASE=${text}`,
    (text: string) => `client_secret: ${text}, next: 1`,
  ])('finds the value alone, form %#', (form) => {
    expect(findSecrets(form(value)).map((found) => found.split(':')[1])).toEqual([value])
  })

  it.each([
    ['password: hunter2', 'hunter2'],
    ['PGPASSWORD=letmein psql', 'letmein'],
    ['"password":"correcthorse"', 'correcthorse'],
    ["ALTER ROLE app PASSWORD 'x7-geheim'", 'x7-geheim'],
    ["CREATE USER a IDENTIFIED BY 'x7-geheim'", 'x7-geheim'],
    ["password = 'it''s4me'", "it''s4me"],
    ['Server=db;User Id=sa;Password=Pa$$w0rd!;Encrypt=true', 'Pa$$w0rd!'],
    ['jdbc:postgresql://h/db?user=a&password=b7f#x&ssl=true', 'b7f#x'],
    ['host=db user=app password=letmein dbname=x', 'letmein'],
    ['machine example.com login bob password Zk3rTq8mN1', 'Zk3rTq8mN1'],
    ['mysqldump -u root -pS3cretPw db', 'S3cretPw'],
    ["sshpass -p 'S3cret!' ssh x", 'S3cret!'],
    ['curl -u bob:S3cret9 https://example.com', 'bob:S3cret9'],
    ['Authorization: Basic dXNlcjpodW50ZXIy', 'dXNlcjpodW50ZXIy'],
    ['psql postgresql://u:p%40ss@h/db', 'p%40ss'],
    ['redis://:s3cr3t9@cache:6379/0', 's3cr3t9'],
    ['https://bob:p@ss7word@example.com/', 'p@ss7word'],
    [
      'oktaKey = "00abcDEF123ghiJKL456mnoPQR789stuVWX012yz_-"',
      '00abcDEF123ghiJKL456mnoPQR789stuVWX012yz_-',
    ],
  ])('finds the password of %s', (text, expected) => {
    expect(findSecrets(text).map((found) => found.slice(found.indexOf(':') + 1))).toEqual([
      expected,
    ])
  })

  it.each([
    'password = getPassword()',
    "password = os.environ['PW']",
    'const password = req.body.password',
    'password: string',
    'password?: string;',
    'connect(password=pw)',
    'Enter password: ',
    '"password": "********"',
    'password=<redacted>',
    'password=${DB_PASSWORD}',
    '"forgot_password": "Forgot your password?"',
    '"password": "Passwort"',
    "$password = $_POST['password'];",
    'WHERE password = $1',
    'password VARCHAR(255) NOT NULL',
    'password: !vault |',
    'Failed password for invalid user admin from 192.0.2.1 port 22 ssh2',
    'PASS: test_foo_2',
    'pass: 12 fail: 3',
    'bypass=a1b2c3',
    'PWD=/home/bob',
    'token_type: bearer',
    `tokenFile = "${value}"`,
    `"credentialsId": "${value}"`,
    'max_tokens: 4096',
    `next_token=${value}`,
    `public_key = "${value}"`,
    `primary_key: "${value}"`,
    'secret: Uint8Array',
    'token = getUserToken2(request)',
    'apiKey: "your-api-key-goes-here-1234"',
    'git: token: fix the parser of 12 things',
    'https://example.com:8443/a@b',
    "'https://example.com:8000';@x",
    'http://user:password@example.com',
    'curl -u "${USER}:${PASSWORD}" x',
    'curl -u test:test x',
    'sentry: 3f786850e387550fdab836ed7e6dc881de23001b',
  ])('finds nothing in %s', (text) => {
    expect(findSecrets(text)).toEqual([])
  })

  it.each([
    '550e8400-e29b-41d4-a716-446655440000',
    'commit 3f786850e387550fdab836ed7e6dc881de23001b',
    `"integrity": "sha512-${randomText(86, alphabets.base64)}=="`,
    `url(data:image/png;base64,${randomText(400, alphabets.base64)})`,
    `sha256:${randomText(64, alphabets.hex)}`,
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  file.tar.gz',
    '2026-11-21T22:30:00.000Z INFO request_id=9f8e7d6c5b4a39281706f5e4d3c2b1a0 status=200',
  ])('takes no hash, id, image or log line for a secret: %#', (text) => {
    expect(findSecrets(text)).toEqual([])
  })

  it('knows hashes of passwords', () => {
    const scram = `SCRAM-SHA-256$4096:${randomText(22, alphabets.base64)}==$${randomText(43, alphabets.base64)}=:${randomText(43, alphabets.base64, 9)}=`
    expect(findSecrets(scram)).toEqual([`password_hash/certain:${scram}`])
    const md5 = `md5${randomText(32, alphabets.hex)}`
    expect(findSecrets(md5)).toEqual([`md5_password/likely:${md5}`])
    const bcrypt = `$2b$12$${randomText(53, alphabets.word)}`
    expect(findSecrets(`x:${bcrypt}:1`)[0]).toContain(bcrypt)
  })
})
