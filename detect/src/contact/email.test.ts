import { expect, it } from 'vitest'
import { Ruleset } from '../find-spans.ts'
import { email } from './email.ts'

const rules = new Ruleset([email])
const encoder = new TextEncoder()

function find(text: string): string[] {
  const bytes = encoder.encode(text)
  return rules
    .find(bytes, 0, bytes.length)
    .map(({ start, end }) => new TextDecoder().decode(bytes.subarray(start, end)))
}

it.each([
  ['digit@git.example.com:22', 'digit@git.example.com'],
  ['ask git@example.com.', 'git@example.com'],
  ['me@mail.services', 'me@mail.services'],
  ['user@example.com.', 'user@example.com'],
  ['see bob@example.com...', 'bob@example.com'],
])('in %j one is found', (text, found) => {
  expect(find(text)).toEqual([found])
})

it.each([
  'Started user@1000.service - User Manager',
  'systemd-fsck@dev-sda1.service: Succeeded',
  'sshd@3.socket',
  'icon@2x.min.png',
  'a@b.c.js',
  'git clone git@github.example.com:acme/shop.git',
  '"git+ssh://git@github.example.com/acme/shop.git"',
])('in %j none is: a unit, a file, a repository', (text) => {
  expect(find(text)).toEqual([])
})
