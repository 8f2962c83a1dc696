/**
 * The same detectors as V8 would run them: one global RegExp each, as one would write it who has no scanner. They only match;
 * check digits and words around would come on top. Entities of many forms have the pattern that is in common use; all others are
 * made of what the detector asks the scanner for.
 */
import type { Ruleset } from '@gatetrail/detect'

type Detector = Ruleset['detectors'][number]

/** By name of the detector; those of one entity that share a pattern have it once. */
const written: Readonly<Record<string, RegExp>> = {
  email: /[\w.%+-]{1,64}@(?:[a-z\d-]{1,63}\.)+[a-z]{2,24}\b/gi,
  ipv4: /\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b/g,
  ipv6: /(?:\b[\da-f]{1,4}|:)(?::[\da-f]{0,4}){2,7}/gi,
  mac_address: /\b[\da-f]{2}(?:[:-][\da-f]{2}){5}\b|\b[\da-f]{4}\.[\da-f]{4}\.[\da-f]{4}\b/gi,
  credit_card: /\b[3-6]\d{3}(?:[ -]?\d{2,6}){2,4}\b/g,
  us_ssn: /\b\d{3}[- .]\d{2}[- .]\d{4}\b/g,
  us_itin: /\b9\d\d[- ](?:[5-8]\d|9[0-24-9])[- ]\d{4}\b/g,
  iban: /\b[a-z]{2}\d{2}(?: ?[\da-z]{4}){2,7}(?: ?[\da-z]{1,4})?\b/gi,
  phone_international: /\+\d{1,3}[ .-]?\(?\d{1,4}\)?(?:[ .-]?\d{2,4}){2,4}/g,
  phone_groups: /\(?\b\d{2,4}\)?[ .-]\d{3,4}[ .-]\d{3,4}\b/g,
  url_password: /\b[a-z][a-z\d+.-]{1,20}:\/\/[^\s:@/]{1,64}:[^\s@/]{1,64}@[^\s/]+/gi,
  private_key: /-----BEGIN[ A-Z]{0,40}PRIVATE KEY-----[\s\S]{0,9000}?-----END/g,
  jwt: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/g,
}

export function regexesOf(rules: Ruleset): RegExp[] {
  const seen = new Set<string>()
  return rules.detectors.flatMap((detector) => {
    const regex = written[detector.name] ?? regexOf(detector)
    if (seen.has(String(regex))) return []
    seen.add(String(regex))
    return [regex]
  })
}

function regexOf(detector: Detector): RegExp {
  switch (detector.on) {
    case 'literal': {
      const begins = detector.literals.map(escaped).join('|')
      return new RegExp(`(?:${begins})[\\w.+/=-]{8,}`, detector.exact ? 'g' : 'gi')
    }
    case 'byte':
      return new RegExp(
        `${setOf(detector.after)}${escaped(String.fromCharCode(detector.byte))}${setOf(detector.followedBy)}`,
        'g',
      )
    default: {
      const [min, max] = detector.bytes
      const kind = detector.digits === 'only' ? '\\d' : '[\\dA-Za-z]'
      const first = detector.startsWith === undefined ? kind : setOf(detector.startsWith)
      return new RegExp(
        `\\b${first}${kind}{${Math.max(0, min - 1)},${max - 1}}\\b${setOf(detector.followedBy)}`,
        'g',
      )
    }
  }
}

function setOf(characters: string | undefined): string {
  return characters === undefined ? '' : `[${[...characters].map(escaped).join('')}]`
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
