/** Identity numbers of northern and eastern Europe, and of Turkey. What each consists of: its comment, or the function that checks it. */
import { nearWords } from '../../near.ts'
import { isDay, isMod11And10, isVaried, luhn, numberOf, pair, weighted } from './check-digits.ts'
import type { IdRule } from './id-rule.ts'

/** Year, month, day (foreigners' plus 60), serial number, Luhn; of twelve digits with the century. */
function isSwedish(text: Uint8Array): boolean {
  const at = text.length - 10
  if (at === 2 && (pair(text, 0) < 18 || pair(text, 0) > 20)) return false
  const day = pair(text, at + 4)
  return isDay(pair(text, at), pair(text, at + 2), day > 60 ? day - 60 : day) && luhn(text, at)
}

function isSwedishCompany(text: Uint8Array): boolean {
  return text[2]! >= 2 && luhn(text) && isVaried(text)
}

const finnishCheck = Array.from('0123456789ABCDEFHJKLMNPRSTUVWXY', (letter) => parseInt(letter, 36))
const finnishCenturies = new Set(Array.from('ABCDEFUVWXY', (letter) => parseInt(letter, 36)))

/** Day, month, year, century (a mark or a letter), serial number, remainder of 31. */
function isFinnish(text: Uint8Array): boolean {
  if (!isDay(pair(text, 4), pair(text, 2), pair(text, 0))) return false
  const hasLetter = text.length === 11
  if (hasLetter && !finnishCenturies.has(text[6]!)) return false
  const serial = numberOf(text, hasLetter ? 7 : 6, hasLetter ? 10 : 9)
  return serial >= 2 && finnishCheck[(numberOf(text, 0, 6) * 1000 + serial) % 31] === text.at(-1)
}

function isDanish(text: Uint8Array): boolean {
  return isDay(pair(text, 4), pair(text, 2), pair(text, 0))
}

/** Day (D numbers plus 40), month (synthetic ones plus 40 or 80), year, serial number, two check digits. */
function isNorwegian(text: Uint8Array): boolean {
  const day = pair(text, 0)
  if (!isDay(pair(text, 4), pair(text, 2) % 40, day > 40 ? day - 40 : day)) return false
  const first = (11 - (weighted(text, [3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11)) % 11
  const second = (11 - (weighted(text, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11
  return first === text[9] && second === text[10]
}

function isIcelandic(text: Uint8Array): boolean {
  if (!isDay(pair(text, 4), pair(text, 2), pair(text, 0) % 40)) return false
  return (11 - (weighted(text, [3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11 === text[8]
}

/** Year, month (by century plus 20, 40, 60, 80), day, serial number, check digit. */
function isPolish(text: Uint8Array): boolean {
  if (!isDay(pair(text, 0), pair(text, 2) % 20, pair(text, 4))) return false
  return (10 - (weighted(text, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10 === text[10]
}

function isPolishTax(text: Uint8Array): boolean {
  return weighted(text, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === text[9] && isVaried(text)
}

/** Year, month (women's plus 50, further ones plus 20), day, serial number; since 1954 a multiple of eleven. */
function isCzech(text: Uint8Array): boolean {
  const month = (pair(text, 2) % 50) % 20
  if (!isDay(pair(text, 0), month, pair(text, 4))) return false
  if (text.length === 9) return pair(text, 0) < 54
  const remainder = numberOf(text, 0, 9) % 11
  return remainder % 10 === text[9]
}

/** Sex and century, birthday, county, serial number, check digit. */
function isRomanian(text: Uint8Array): boolean {
  if (text[0] === 0 || !isDay(pair(text, 1), pair(text, 3), pair(text, 5)) || pair(text, 7) > 52)
    return false
  const check = weighted(text, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11
  return (check === 10 ? 1 : check) === text[12]
}

function isBulgarian(text: Uint8Array): boolean {
  const month = pair(text, 2)
  if (month > 52 || !isDay(pair(text, 0), month % 20, pair(text, 4))) return false
  return (weighted(text, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11) % 10 === text[9]
}

/** Day, month, year of three digits, region, serial number, check digit; in what was Yugoslavia. */
function isYugoslav(text: Uint8Array): boolean {
  const year = numberOf(text, 4, 7)
  if ((year > 100 && year < 880) || !isDay(year % 100, pair(text, 2), pair(text, 0))) return false
  const check = 11 - (weighted(text, [7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)
  return (check === 11 ? 0 : check) === text[12]
}

const balticFirst = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]
const balticSecond = [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]

/** Estonia and Lithuania: sex and century, birthday, serial number, check digit. */
function isBaltic(text: Uint8Array): boolean {
  if (text[0] === 0 || text[0]! > 8 || !isDay(pair(text, 1), pair(text, 3), pair(text, 5)))
    return false
  const first = weighted(text, balticFirst) % 11
  const check = first === 10 ? weighted(text, balticSecond) % 11 : first
  return check % 10 === text[10]
}

/** Birthday and serial number, or 32 and any. */
function isLatvian(text: Uint8Array): boolean {
  return pair(text, 0) === 32 || isDay(pair(text, 4), pair(text, 2), pair(text, 0))
}

function isHungarianTax(text: Uint8Array): boolean {
  return text[0] === 8 && weighted(text, [1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 === text[9]
}

function isHungarianSocial(text: Uint8Array): boolean {
  return weighted(text, [3, 7, 3, 7, 3, 7, 3, 7]) % 10 === text[8] && isVaried(text)
}

function isSlovenianTax(text: Uint8Array): boolean {
  return text[0] !== 0 && (11 - (weighted(text, [8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 === text[7]
}

function isTurkish(text: Uint8Array): boolean {
  if (text[0] === 0) return false
  let [odd, even] = [0, 0]
  for (let index = 0; index < 9; index++) {
    if (index % 2 === 0) odd += text[index]!
    else even += text[index]!
  }
  const tenth = (odd * 7 - even + 100) % 10
  return tenth === text[9] && (odd + even + tenth) % 10 === text[10]
}

function isRussianInsurance(text: Uint8Array): boolean {
  const sum = weighted(text, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101
  return (sum === 100 ? 0 : sum) === pair(text, 9) && isVaried(text)
}

function isRussianTax(text: Uint8Array): boolean {
  const first = (weighted(text, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10
  const second = (weighted(text, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10
  return first === text[10] && second === text[11] && isVaried(text)
}

function isUkrainian(text: Uint8Array): boolean {
  const sum = weighted(text, [-1, 5, 7, 9, 4, 6, 10, 5, 7])
  return (((sum % 11) + 11) % 11) % 10 === text[9] && isVaried(text)
}

const personnummer = nearWords('personnummer personnr pnr samordningsnummer personal')

export const northEastEuropeanIds: readonly IdRule[] = [
  {
    name: 'se_personnummer',
    forms: ['000000-0000', '000000+0000', '00000000-0000', '0000000000', '000000000000'],
    isValid: isSwedish,
    words: personnummer,
    plain: 'possible',
    printed: 'likely',
  },
  {
    name: 'se_organisationsnummer',
    forms: ['000000-0000', '0000000000'],
    isValid: isSwedishCompany,
    words: nearWords('organisationsnummer orgnr orgnummer'),
  },
  {
    name: 'fi_hetu',
    forms: ['000000-000*', '000000+000*', '000000A000*'],
    isValid: isFinnish,
    words: nearWords('hetu henkilotunnus sotu'),
    plain: 'certain',
    printed: 'certain',
  },
  {
    name: 'dk_cpr',
    forms: ['000000-0000', '0000000000', '000000 0000'],
    isValid: isDanish,
    words: nearWords('cpr cprnr personnummer'),
    printed: 'possible',
  },
  {
    name: 'no_fodselsnummer',
    forms: ['00000000000', '000000 00000'],
    isValid: isNorwegian,
    words: nearWords('fodselsnummer fnr personnummer dnummer'),
    plain: 'likely',
    printed: 'certain',
  },
  {
    name: 'is_kennitala',
    forms: ['000000-0000', '0000000000'],
    isValid: isIcelandic,
    words: nearWords('kennitala'),
    printed: 'possible',
  },
  {
    name: 'pl_pesel',
    forms: ['00000000000'],
    isValid: isPolish,
    words: nearWords('pesel'),
    plain: 'possible',
  },
  {
    name: 'pl_nip',
    forms: ['0000000000', '000-000-00-00', '000-00-00-000'],
    isValid: isPolishTax,
    words: nearWords('nip'),
    printed: 'likely',
  },
  {
    name: 'cz_rodne_cislo',
    forms: ['000000/0000', '000000/000', '0000000000'],
    isValid: isCzech,
    words: nearWords('rodne cislo'),
    printed: 'likely',
  },
  {
    name: 'ro_cnp',
    forms: ['0000000000000'],
    isValid: isRomanian,
    words: nearWords('cnp'),
    plain: 'possible',
  },
  { name: 'bg_egn', forms: ['0000000000'], isValid: isBulgarian, words: nearWords('egn') },
  {
    name: 'yu_jmbg',
    forms: ['0000000000000'],
    isValid: isYugoslav,
    words: nearWords('jmbg emso embg'),
    plain: 'possible',
  },
  {
    name: 'hr_oib',
    forms: ['00000000000'],
    isValid: (text) => isMod11And10(text) && isVaried(text),
    words: nearWords('oib'),
    plain: 'possible',
  },
  {
    name: 'ee_isikukood',
    forms: ['00000000000'],
    isValid: isBaltic,
    words: nearWords('isikukood'),
    plain: 'possible',
  },
  {
    name: 'lt_asmens_kodas',
    forms: ['00000000000'],
    isValid: isBaltic,
    words: nearWords('asmens kodas'),
  },
  {
    name: 'lv_personas_kods',
    forms: ['000000-00000', '00000000000'],
    isValid: isLatvian,
    words: nearWords('personas kods'),
    named: 'likely',
    printed: 'possible',
  },
  {
    name: 'hu_tax_id',
    forms: ['0000000000'],
    isValid: isHungarianTax,
    words: nearWords('adoazonosito adoszam azonosito'),
  },
  {
    name: 'hu_taj',
    forms: ['000000000', '000 000 000', '000-000-000'],
    isValid: isHungarianSocial,
    words: nearWords('taj tajszam'),
  },
  { name: 'si_tax_id', forms: ['00000000'], isValid: isSlovenianTax, words: nearWords('davcna') },
  {
    name: 'tr_kimlik',
    forms: ['00000000000'],
    isValid: isTurkish,
    words: nearWords('kimlik tckn vatandaslik turkish turk'),
    plain: 'possible',
  },
  {
    name: 'ru_snils',
    forms: ['000-000-000 00', '000-000-000-00', '00000000000'],
    isValid: isRussianInsurance,
    words: nearWords('snils'),
    printed: 'likely',
  },
  { name: 'ru_inn', forms: ['000000000000'], isValid: isRussianTax, words: nearWords('inn') },
  {
    name: 'ua_rnokpp',
    forms: ['0000000000'],
    isValid: isUkrainian,
    words: nearWords('rnokpp drfo'),
  },
]
