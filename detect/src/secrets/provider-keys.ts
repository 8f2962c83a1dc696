/**
 * Tokens of providers that have no mark, by the provider's name in that of the variable: `oktaKey`, `sourcegraph: …`, `discord_pw=…`. Named `token`,
 * `secret` or `api_key`, they are found without the provider's name (named-secret.ts).
 */
import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import {
  assignmentAt,
  assignmentBytesMax,
  behindNameBefore,
  type Assignment,
} from './assignment.ts'
import { alphanumericBits, characterOf, characters, isAt, letterBits } from './characters.ts'
import { aroundName, LookedForNames } from './looked-for.ts'
import { isHex, isUuid } from './looks-random.ts'
import { addToken } from './named-secret.ts'
import { isOption } from './name-around.ts'
import { WordBegins } from './word-begins.ts'

const providers = new LookedForNames(
  (
    'ad|afruit a|irtable algolia ali|baba a|liyun art|ifactory jfrog asana atlassian auth0 beamer bit|bucket bi|ttrex ' +
    'bu|gsnag bui|ldkite circleci cli|ckhouse clo|udant c|loudflare c|loudinary co|decov coinbase con|fluent conten|tful ' +
    'dat|abricks da|tadog digitalo|cean d|iscord doppler droneci dropbox dynatrace etsy fa|cebook fa|stly f|igma fi|nicity ' +
    'fi|nnhub flickr flutterwave freshbooks g|itter gocardless gr|afana he|roku hu|bspot ibmcloud ibm_cloud ibm-cloud ' +
    'int|ercom kraken kucoin launchdarkly li|nkedin looker mai|lchimp ma|ilgun ma|iljet m|apbox matte|rmost ma|xmind me|raki ' +
    'messa|gebird mixpanel n|etlify n|ewrelic ne|w_relic ne|w-relic nytimes okta op|enai o|psgenie pagerduty paypal p|laid ' +
    'po|stmark rapidapi razorpay rollbar se|ndbird se|ndgrid sentry sho|pify slapi sl_key sl-key so|ftlayer sonar|qube ' +
    'sour|cegraph s|potify squarespace su|mologic s|upabase te|legram t|ravisci t|ravis_ tr|ello twilio twitch twitter ' +
    'ty|peform v|ercel yandex zendesk contri|bsys'
  ).split(' '),
)

/** The rest of the name: what it is called by such words is a secret, by others (`heroku_app_id`) not. */
const restWords = new WordBegins(
  'api key keys apikey token tokens secret pat auth access app client pw pass password cred creds credential consumer personal rest ' +
    'admin org user bot oauth bearer license licence service account iam hmac com value prod dev test live iamapikey cloudapikey',
)
const behindProvider = behindNameBefore(restWords)
const restBytesMax = 40
const restWordsMax = 6
/** A number behind the last word. */
const lastBytesMax = 2
/** Without such a word in the name: as long, with letters of both cases, and no hash. */
const plainBytesMin = 20
const digitsMin = 15

export const providerKeys: Detector = {
  name: 'provider_key',
  on: 'literal',
  exact: false,
  literals: providers.literals,
  around: (literal) => aroundName(behindProvider, providers.lettersBefore(literal)),
  within: 'line',
  ahead: assignmentBytesMax + restBytesMax,
  behind: 0,
  confirm(scan, at, literalEnd) {
    const { bytes, end } = scan
    const name = restEnd(bytes, literalEnd, end)
    if (name === -1 || providers.begin(scan, at, literalEnd) === -1) return
    const isNamed = name > literalEnd || isAt(bytes, literalEnd - 3, end, 'key')
    const value = assignmentAt(scan, name, isOption(scan, at) ? 'any' : 'no')
    if (value === undefined) return
    if (isNamed && isNumber(bytes, value)) {
      scan.add(value.from, value.to, 'API_KEY', 'likely', 'provider_key')
    } else if (value.by !== 'comma' && (isNamed || isPlain(scan, value)))
      addToken(scan, value, 'provider_key')
  },
}

/** Where the name ends, -1 if there is more in it than words of secrets. */
function restEnd(bytes: Uint8Array, at: number, end: number): number {
  const ceiling = Math.min(end, at + restBytesMax)
  let position = at
  for (let words = 0; words <= restWordsMax; words++) {
    let word = position
    while (word < ceiling && isSeparator(bytes[word]!)) word++
    if (restWords.isNone(bytes, word, ceiling)) return -1
    const to = wordEnd(bytes, word, Math.min(ceiling, word + restWords.bytesMax + 1))
    if (to === word) {
      let last = word
      const lastMax = Math.min(ceiling, position + lastBytesMax + 1)
      while (last < lastMax && (characters[bytes[last]!]! & alphanumericBits) !== 0) last++
      return last - position <= lastBytesMax ? last : -1
    }
    if (!restWords.words.hasIn(bytes, word, to)) return -1
    position = to
  }
  return -1
}

function isSeparator(byte: number): boolean {
  return (characters[byte]! & (characterOf.underscore | characterOf.dash)) !== 0 || byte === 0x2e
}

/** Where the word ends that begins at `from`; another begins with an upper-case letter behind a lower-case one. */
function wordEnd(bytes: Uint8Array, from: number, ceiling: number): number {
  let at = from
  let wasLower = false
  for (; at < ceiling && (characters[bytes[at]!]! & letterBits) !== 0; at++) {
    const isLower = (bytes[at]! & 0x20) !== 0
    if (wasLower && !isLower) break
    wasLower = isLower
  }
  return at
}

function isNumber(bytes: Uint8Array, { from, to }: Assignment): boolean {
  if (to - from < digitsMin) return false
  let last = 0
  let isRepeated = true
  for (let at = from; at < to; at++) {
    if ((characters[bytes[at]!]! & characterOf.digit) === 0) return false
    if (at > from && bytes[at] !== last) isRepeated = false
    last = bytes[at]!
  }
  return !isRepeated
}

/** `sourcegraph: …`: a request or a checksum may stand there too. */
function isPlain({ bytes }: Scan, { from, to }: Assignment): boolean {
  if (to - from < plainBytesMin || isUuid(bytes, from, to)) return false
  const { lowerHex, lower, upperHex, upper } = characterOf
  let lowers = 0
  let uppers = 0
  for (let at = from; at < to; at++) {
    const bits = characters[bytes[at]!]!
    if ((bits & (lowerHex | lower)) !== 0) lowers++
    else if ((bits & (upperHex | upper)) !== 0) uppers++
  }
  return lowers > 0 && uppers > 0 && (!isHex(bytes, from, to) || to - from === 40)
}
