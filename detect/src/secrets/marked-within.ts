/**
 * Tokens whose mark stands within or behind, or is too short to look for: found by the length of their first word, or from the mark
 * backwards. Each names the documentation that its format is from.
 */
import { findingBytesMax, type Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import {
  alphanumericBits,
  characterOf,
  characters,
  entropy,
  isAt,
  letterBits,
  tokenMayBegin,
  tokenMayEnd,
} from './characters.ts'
import { lookedFor } from './looked-for.ts'
import { Run } from './run.ts'
import { windowEntropy } from './window-entropy.ts'
import { tokenEnd, tokenFormat } from './token-format.ts'

const { digit, lowerHex, dash, underscore, dot } = characterOf
const hexBits = digit | lowerHex
const base64urlBits = alphanumericBits | dash | underscore
const entropyMin = 2.8
/** The longest of those that begin with a word: Airtable's. */
const word = { within: 'token', ahead: 96, behind: 0 } as const

function isAll(bytes: Uint8Array, from: number, to: number, bits: number): boolean {
  for (let at = from; at < to; at++) if ((characters[bytes[at]!]! & bits) === 0) return false
  return true
}

function add(scan: Scan, from: number, to: number, name: string): void {
  const { bytes, start, end } = scan
  if (!tokenMayBegin(bytes, start, from) || !tokenMayEnd(bytes, to, end)) return
  if (entropy(bytes, from, to) < entropyMin) return
  scan.add(from, to, 'API_KEY', 'certain', name)
}

/** Twilio, "API keys": SK and 32 hex digits. An account's SID (AC…) is no secret. */
const twilioKey: Detector = {
  name: 'twilio_key',
  on: 'word',
  bytes: [34, 34],
  digits: 'some',
  startsWith: 'S',
  ...word,
  confirm(scan, at, to) {
    const { bytes } = scan
    if (bytes[at + 1] === 0x4b && isAll(bytes, at + 2, to, hexBits)) add(scan, at, to, 'twilio_key')
  },
}

const mailgunRest = tokenFormat('---<h8>-<h8>').segments

/** Mailchimp, "API keys": 32 hex digits and the data centre, `-us21`; Mailgun, "API keys": 32, 8 and 8 hex digits, and older ones `key-` and 32. */
const hexWithSuffix: Detector = {
  name: 'mailchimp_key',
  on: 'word',
  bytes: [32, 32],
  digits: 'some',
  ...word,
  behind: 4,
  confirm(scan, at, to) {
    const { bytes, start, end } = scan
    const isKey = at - 4 >= start && bytes[at - 1] === 0x2d && isAt(bytes, at - 4, at, 'key-')
    if (!isKey && (to >= end || bytes[to] !== 0x2d)) return
    if (!isAll(bytes, at, to, hexBits)) return
    if (isKey) {
      add(scan, at - 4, to, 'mailgun_key')
      return
    }
    if (isAt(bytes, to, end, '-us')) {
      let position = to + 3
      while (position < end && position < to + 5 && isAll(bytes, position, position + 1, digit))
        position++
      if (position > to + 3) add(scan, at, position, 'mailchimp_key')
      return
    }
    const mailgunEnd = tokenEnd(scan, to + 1, mailgunRest)
    if (mailgunEnd !== -1) add(scan, at, mailgunEnd, 'mailgun_key')
  },
}

const octopusMark = new TextEncoder().encode('API-')

/** Octopus Deploy, "API keys": API- and 26 upper-case letters and digits. */
const octopusKey: Detector = {
  name: 'octopus_key',
  on: 'word',
  bytes: [26, 26],
  digits: 'some',
  ...word,
  behind: 4,
  confirm(scan, at, to) {
    const { bytes, start } = scan
    const from = at - octopusMark.length
    if (from < start || !octopusMark.every((byte, index) => bytes[from + index] === byte)) return
    if (isAll(bytes, at, to, digit | characterOf.upperHex | characterOf.upper))
      add(scan, from, to, 'octopus_key')
  },
}

const airtableRest = tokenFormat('pat.<h64>').segments

/** Airtable, "Personal access tokens": pat, 14 letters and digits, a dot, 64 hex digits. */
const airtableToken: Detector = {
  name: 'airtable_token',
  on: 'word',
  bytes: [17, 17],
  digits: 'some',
  startsWith: 'p',
  followedBy: '.',
  ...word,
  confirm: confirmAirtable,
}

function confirmAirtable(scan: Scan, at: number, to: number): void {
  const { bytes, end } = scan
  if (!isAt(bytes, at, end, 'pat')) return
  const tokenTo = tokenEnd(scan, to + 1, airtableRest)
  if (tokenTo !== -1) add(scan, at, tokenTo, 'airtable_token')
}

const discordRest = tokenFormat('---<b6>.<b27-40>').segments

/** Discord, "Authentication": the id of the bot in base64 (begins with M, N or O), a dot, a time, a dot, a signature. */
const discordToken: Detector = {
  name: 'discord_token',
  on: 'word',
  bytes: [23, 28],
  digits: 'some',
  startsWith: 'MNO',
  followedBy: '.',
  ...word,
  confirm(scan, at, to) {
    const tokenTo = tokenEnd(scan, to + 1, discordRest)
    if (tokenTo !== -1) add(scan, at, tokenTo, 'discord_token')
  },
}

const telegramRest = tokenFormat(':AA<b32-33>').segments

/** Telegram, "Bots": the bot's number, a colon, 35 characters that begin with AA. */
const telegramToken: Detector = {
  name: 'telegram_token',
  on: 'word',
  bytes: [8, 10],
  digits: 'only',
  followedBy: ':',
  ...word,
  confirm(scan, at, to) {
    const { bytes, end } = scan
    if (to + 3 > end || bytes[to] !== 0x3a || bytes[to + 1] !== 0x41 || bytes[to + 2] !== 0x41)
      return
    const tokenTo = tokenEnd(scan, to + 3, telegramRest)
    if (tokenTo !== -1) add(scan, at, tokenTo, 'telegram_token')
  },
}

/** Microsoft Entra ID, client secrets (seen): three characters, a digit, `Q~`, 31 to 34 characters. */
const azureClientSecret: Detector = {
  name: 'azure_client_secret',
  on: 'literal',
  exact: true,
  literals: Array.from({ length: 10 }, (_, number) => `${number}Q~`),
  within: 'token',
  ahead: 48,
  behind: 3,
  confirm(scan, mark, afterMark) {
    const { bytes, start, end } = scan
    const from = mark - 3
    const bits = base64urlBits | dot
    const isOf = (at: number): boolean =>
      (characters[bytes[at]!]! & bits) !== 0 || bytes[at] === 0x7e
    if (from < start || !isOf(from) || !isOf(from + 1) || !isOf(from + 2)) return
    if (from > start && (bytes[from - 1] === 0x7e || bytes[from - 1] === 0x2f)) return
    if (!tokenMayBegin(bytes, start, from)) return
    let to = afterMark
    while (to < end && to - afterMark < 35 && isOf(to)) to++
    if (to - afterMark < 31 || to - afterMark > 34 || entropy(bytes, from, to) < 3.5) return
    scan.add(from, to, 'API_KEY', 'certain', 'azure_client_secret')
  },
}

/** Whether a word of so many letters and digits stands before `at`, and no longer one. The cheapest first: what is in front of it. */
function hasWordBefore({ bytes, start }: Scan, at: number, length: number): boolean {
  const from = at - length
  if (from < start) return false
  if (from > start && (characters[bytes[from - 1]!]! & alphanumericBits) !== 0) return false
  return isAll(bytes, from, at, alphanumericBits)
}

/** Azure DevOps, "Personal access tokens": 84 characters, AZDO at the 77th. New Relic: 36 hex digits and NRAL. */
const markedBehind: Detector = {
  name: 'azure_devops_token',
  on: 'literal',
  exact: true,
  literals: ['AZDO', 'NRAL'],
  within: 'token',
  ahead: 16,
  behind: 76,
  confirm(scan, mark, afterMark) {
    const { bytes, end } = scan
    const isAzure = bytes[mark] === 0x41
    const to = isAzure ? afterMark + 4 : afterMark
    const length = isAzure ? 76 : 36
    if (to > end || !hasWordBefore(scan, mark, length)) return
    if (isAzure && !isAll(bytes, afterMark, to, alphanumericBits)) return
    add(scan, mark - length, to, isAzure ? 'azure_devops_token' : 'newrelic_license_key')
  },
}

const terraformRest = tokenFormat('.atlasv1.<v60-70>').segments

/** HashiCorp, "Terraform Cloud API tokens": 14 characters, `.atlasv1.`, 60 to 70 characters. */
const terraformToken: Detector = {
  name: 'terraform_token',
  on: 'literal',
  exact: true,
  literals: ['.atlasv1.'],
  within: 'token',
  ahead: 96,
  behind: 14,
  confirm(scan, mark, afterMark) {
    if (!hasWordBefore(scan, mark, 14)) return
    const to = tokenEnd(scan, afterMark, terraformRest)
    if (to !== -1) add(scan, mark - 14, to, 'terraform_token')
  },
}

/** No dot: where such an address follows another, it ends. */
const urlRun = new Run(
  base64urlBits | characterOf.base64 | characterOf.equals | characterOf.percent,
  '@',
)
/** `|`: see looked-for.ts. */
const paths: readonly (readonly [path: string, pathBytesMin: number, name: string])[] = [
  ['hooks.slack.com/services/', 38, 'slack_webhook'],
  ['hooks.slack.com/workflows/', 38, 'slack_webhook'],
  ['hooks.slack.com/triggers/', 38, 'slack_webhook'],
  ['discord.com/ap|i/webhooks/', 70, 'discord_webhook'],
  ['discordapp.com/ap|i/webhooks/', 70, 'discord_webhook'],
  ['webhook.office.com/webhoo|kb2/', 90, 'teams_webhook'],
  ['hooks.zapier.com/hooks/catch/', 12, 'zapier_webhook'],
]
const hosts = paths.map(([path, pathBytesMin, name]) => {
  const { lead, literal } = lookedFor(path)
  return { leadBytes: lead.length, literal, text: lead + literal, pathBytesMin, name }
})

/** Who knows the address may post there: Slack, Discord, Microsoft Teams and Zapier, "Incoming webhooks". The finding is the address. */
const webhookUrl: Detector = {
  name: 'webhook_url',
  on: 'literal',
  exact: true,
  literals: [...new Set(hosts.map(({ literal }) => literal))],
  within: 'token',
  ahead: 384,
  behind: 96,
  confirm(scan, at, pathStart) {
    const { bytes, start, end } = scan
    const host = hosts.find(({ leadBytes, literal, text }) => {
      const from = at - leadBytes
      return literal.length === pathStart - at && from >= start && isAt(bytes, from, end, text)
    })
    if (host === undefined) return
    const to = urlRun.end(scan, pathStart, 320)
    if (to - pathStart < host.pathBytesMin || windowEntropy(scan, pathStart, to) < entropyMin)
      return
    scan.add(urlStart(bytes, start, at), to, 'API_KEY', 'certain', host.name)
  },
}

/** With `https://` and the labels in front. */
function urlStart(bytes: Uint8Array, start: number, at: number): number {
  const floor = Math.max(start, at - 64)
  let from = at
  while (from > floor && (characters[bytes[from - 1]!]! & (base64urlBits | dot)) !== 0) from--
  if (from - 3 < start || !isAt(bytes, from - 3, at, '://')) return from
  let scheme = from - 3
  while (scheme > floor && (characters[bytes[scheme - 1]!]! & letterBits) !== 0) scheme--
  return scheme
}

const base64Run = new Run(base64urlBits | characterOf.base64 | characterOf.equals)

/** A JSON web token that was encoded once more: `eyJhbGci`, `eyJ0eXAi` and `eyJraWQi` in base64. */
const encodedJwt: Detector = {
  name: 'jwt_base64',
  on: 'literal',
  exact: true,
  literals: ['ZXlK'],
  around: () => ({ tokenBefore: 0 }),
  within: 'token',
  behind: 0,
  confirm(scan, at, afterMark) {
    const { bytes, start } = scan
    if (!tokenMayBegin(bytes, start, at)) return
    const to = base64Run.end(scan, afterMark, findingBytesMax - (afterMark - at))
    if (to - at < 120 || windowEntropy(scan, at, to) < 4.5) return
    scan.add(at, to, 'JWT', 'likely', 'jwt_base64')
  },
}

export const markedWithin: readonly Detector[] = [
  twilioKey,
  hexWithSuffix,
  octopusKey,
  airtableToken,
  discordToken,
  telegramToken,
  azureClientSecret,
  markedBehind,
  terraformToken,
  webhookUrl,
  encodedJwt,
]
