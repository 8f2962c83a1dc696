/** Identity numbers of Asia. What each consists of: its comment, or the function that checks it. */
import { nearWords } from '../../near.ts'
import { isDay, isVaried, luhn, numberOf, pair, verhoeff, weighted } from './check-digits.ts'
import type { IdRule } from './id-rule.ts'

const [letterA, letterX] = [10, 33]
const kindsOfPan = lettersOf('ABCFGHJLPT')
const kindsOfSingapore = lettersOf('STFGM')
const checksOfSingapore: readonly (readonly number[])[] = [
  'JZIHGFEDCBA',
  'XWUTRQPNMLK',
  'XWUTRQPNJLK',
].map(lettersOf)
/** The region that the first letter stands for; Ministry of the Interior. */
const regionsOfTaiwan = [
  10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30,
  31, 33,
]

function lettersOf(text: string): number[] {
  return Array.from(text, (letter) => parseInt(letter, 36))
}

function isAadhaar(text: Uint8Array): boolean {
  return text[0]! >= 2 && verhoeff(text) && isVaried(text)
}

/** Three letters, the kind of holder, the name's first letter, four digits, a letter. */
function isPan(text: Uint8Array): boolean {
  return kindsOfPan.includes(text[3]!) && numberOf(text, 5, 9) > 0
}

function isPanAnywhere(text: Uint8Array): boolean {
  return numberOf(text, 5, 9) > 0
}

/** State, PAN, number of registration, mostly Z, check character. */
function isGstin(text: Uint8Array): boolean {
  const state = pair(text, 0)
  return state >= 1 && state <= 38
}

/** Region, birthday with all of its year, serial number, ISO 7064 mod 11, 2; GB 11643. */
function isChinese(text: Uint8Array): boolean {
  const year = numberOf(text, 6, 10)
  if (text[0] === 0 || year < 1900 || year > 2099 || !isDay(year, pair(text, 10), pair(text, 12)))
    return false
  if (text[17]! > 9 && text[17] !== letterX) return false
  const sum = weighted(text, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
  const check = (12 - (sum % 11)) % 11
  return text[17] === (check === 10 ? letterX : check)
}

/** Birthday, sex and century. Numbers given out since October 2020 have no check digit. */
function mayBeKorean(text: Uint8Array): boolean {
  const sex = text[6]!
  return sex >= 1 && sex <= 8 && isDay(pair(text, 0), pair(text, 2), pair(text, 4))
}

function isKorean(text: Uint8Array): boolean {
  const sum = weighted(text, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5])
  const check = (text[6]! < 5 ? 11 : 13) - (sum % 11)
  return mayBeKorean(text) && check % 10 === text[12]
}

function isKoreanCompany(text: Uint8Array): boolean {
  const sum = weighted(text, [1, 3, 7, 1, 3, 7, 1, 3, 5]) + Math.floor((text[8]! * 5) / 10)
  return (10 - (sum % 10)) % 10 === text[9] && isVaried(text)
}

function isSingaporean(text: Uint8Array): boolean {
  const kind = kindsOfSingapore.indexOf(text[0]!)
  if (kind === -1) return false
  const digits = text.subarray(1, 8)
  const offset = kind === 0 || kind === 2 ? 0 : kind === 4 ? 3 : 4
  const remainder = (weighted(digits, [2, 7, 6, 5, 4, 3, 2]) + offset) % 11
  const checks = checksOfSingapore[kind < 2 ? 0 : kind < 4 ? 1 : 2]!
  return (
    text[8] === checks[kind === 4 ? 10 - remainder : remainder] || text[8] === checks[remainder]
  )
}

/** One or two letters, six digits, check digit or A, often in brackets. */
function isHongKongese(text: Uint8Array): boolean {
  const letters = text.length - 7
  const first = letters === 2 ? text[0]! * 9 : 36 * 9
  const rest = text.subarray(letters - 1)
  return (first + weighted(rest, [8, 7, 6, 5, 4, 3, 2, 1])) % 11 === 0 && rest[7]! <= letterA
}

function isTaiwanese(text: Uint8Array): boolean {
  const region = regionsOfTaiwan[text[0]! - letterA]
  if (region === undefined || (text[1] !== 1 && text[1] !== 2 && text[1] !== 8 && text[1] !== 9))
    return false
  const digits = text.subarray(1)
  const sum =
    Math.floor(region / 10) + (region % 10) * 9 + weighted(digits, [8, 7, 6, 5, 4, 3, 2, 1, 1])
  return sum % 10 === 0
}

function isJapanese(text: Uint8Array): boolean {
  const remainder = weighted(text, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
  return (remainder <= 1 ? 0 : 11 - remainder) === text[11] && isVaried(text)
}

function isThai(text: Uint8Array): boolean {
  if (text[0] === 0 || text[0] === 9) return false
  return (11 - (weighted(text, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 === text[12]
}

/** Birthday, place, serial number. */
function isMalaysian(text: Uint8Array): boolean {
  const place = pair(text, 6)
  return place > 0 && place < 60 && isDay(pair(text, 0), pair(text, 2), pair(text, 4))
}

/** Region, birthday (women's day plus 40), serial number. */
function isIndonesian(text: Uint8Array): boolean {
  const region = pair(text, 0)
  return region >= 11 && region <= 96 && isDay(pair(text, 10), pair(text, 8), pair(text, 6) % 40)
}

/** Year, day of the year (women's plus 500), serial number. */
function isSriLankan(text: Uint8Array): boolean {
  const day = numberOf(text, 2, 5) % 500
  return day >= 1 && day <= 366 && (text[9] === letterX || text[9] === letterX - 2)
}

function isIsraeli(text: Uint8Array): boolean {
  return luhn(text) && isVaried(text)
}

function isIranian(text: Uint8Array): boolean {
  const remainder = weighted(text, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11
  return (remainder < 2 ? remainder : 11 - remainder) === text[9] && isVaried(text)
}

/** Birthday, sex and century, serial number, check digit. */
function isKazakh(text: Uint8Array): boolean {
  if (text[6]! > 6 || !isDay(pair(text, 0), pair(text, 2), pair(text, 4))) return false
  const first = weighted(text, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11
  const check = first === 10 ? weighted(text, [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11 : first
  return check === text[11]
}

const aadhaar = nearWords('aadhaar aadhar uidai adhaar')
const korean = nearWords('rrn frn resident jumin korean')
const singaporean = nearWords('nric fin singapore')

export const asianIds: readonly IdRule[] = [
  {
    name: 'in_aadhaar',
    forms: ['0000 0000 0000'],
    isValid: isAadhaar,
    words: aadhaar,
    printed: 'likely',
  },
  {
    name: 'in_aadhaar',
    forms: ['0000-0000-0000', '000000000000'],
    isValid: isAadhaar,
    words: aadhaar,
    plain: 'possible',
    printed: 'possible',
  },
  {
    name: 'in_pan',
    forms: ['AAAAA0000A'],
    isValid: isPan,
    words: nearWords('pan pancard permanent'),
    plain: 'likely',
  },
  {
    name: 'in_pan',
    forms: ['AAAAA0000A'],
    isValid: isPanAnywhere,
    words: nearWords('pan pancard permanent'),
    named: 'likely',
  },
  {
    name: 'in_gstin',
    forms: ['00AAAAA0000A*A*'],
    isValid: isGstin,
    words: nearWords('gst gstin'),
    plain: 'likely',
  },
  {
    name: 'cn_resident_id',
    forms: ['00000000000000000*', '000000 00000000 000*'],
    isValid: isChinese,
    words: nearWords('sfz shenfenzheng idcard identity'),
    plain: 'certain',
    printed: 'certain',
  },
  {
    name: 'kr_rrn',
    forms: ['000000-0000000', '0000000000000'],
    isValid: isKorean,
    words: korean,
    plain: 'possible',
    printed: 'likely',
  },
  {
    name: 'kr_rrn',
    forms: ['000000-0000000', '0000000000000'],
    isValid: mayBeKorean,
    words: korean,
    named: 'likely',
    printed: 'possible',
  },
  {
    name: 'kr_brn',
    forms: ['000-00-00000', '0000000000'],
    isValid: isKoreanCompany,
    words: nearWords('brn saeopja'),
    printed: 'possible',
  },
  {
    name: 'sg_nric',
    forms: ['A0000000A'],
    isValid: isSingaporean,
    words: singaporean,
    plain: 'likely',
  },
  {
    name: 'sg_nric',
    forms: ['A0000000A'],
    isValid: (text) => kindsOfSingapore.includes(text[0]!),
    words: singaporean,
    named: 'likely',
  },
  {
    name: 'hk_hkid',
    forms: ['A000000(*)', 'AA000000(*)', 'A000000*', 'A000000[*]', 'AA000000[*]'],
    isValid: isHongKongese,
    words: nearWords('hkid hong kong'),
    printed: 'likely',
  },
  {
    name: 'tw_id',
    forms: ['A000000000'],
    isValid: isTaiwanese,
    words: nearWords('taiwan nationalid identity'),
    plain: 'possible',
  },
  {
    name: 'jp_my_number',
    forms: ['000000000000', '0000 0000 0000', '0000-0000-0000'],
    isValid: isJapanese,
    words: nearWords('mynumber kojin bango'),
  },
  {
    name: 'th_id',
    forms: ['0-0000-00000-00-0', '0000000000000', '0 0000 00000 00 0'],
    isValid: isThai,
    words: nearWords('thai thailand citizen'),
    plain: 'possible',
    printed: 'certain',
  },
  {
    name: 'my_mykad',
    forms: ['000000-00-0000', '000000000000'],
    isValid: isMalaysian,
    words: nearWords('mykad nric'),
    named: 'likely',
    printed: 'likely',
  },
  {
    name: 'id_nik',
    forms: ['0000000000000000'],
    isValid: isIndonesian,
    words: nearWords('nik ktp'),
    named: 'likely',
  },
  {
    name: 'pk_cnic',
    forms: ['00000-0000000-0', '0000000000000'],
    isValid: (text) => text[0]! >= 1 && text[0]! <= 8,
    words: nearWords('cnic nadra'),
    named: 'likely',
    printed: 'likely',
  },
  {
    name: 'lk_nic',
    forms: ['000000000A'],
    isValid: isSriLankan,
    words: nearWords('nic lanka'),
    named: 'likely',
    plain: 'possible',
  },
  {
    name: 'il_id',
    forms: ['000000000', '00000000-0'],
    isValid: isIsraeli,
    words: nearWords('teudat zehut israeli israel'),
  },
  {
    name: 'ir_melli',
    forms: ['0000000000', '000-000000-0'],
    isValid: isIranian,
    words: nearWords('melli iran iranian'),
  },
  { name: 'kz_iin', forms: ['000000000000'], isValid: isKazakh, words: nearWords('iin zhsn') },
]
