/** Identity numbers of the Americas but those of the United States' social security. What each consists of: its comment, or its check. */
import { nearWords } from '../../near.ts'
import { isDay, isVaried, luhn, pair, weighted } from './check-digits.ts'
import type { IdRule } from './id-rule.ts'

const letterK = 20
const letterN = 23

function isCpf(text: Uint8Array): boolean {
  const first = (weighted(text, [10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10) % 11
  const second = (weighted(text, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10) % 11
  return first % 10 === text[9] && second % 10 === text[10] && isVaried(text)
}

function isCnpj(text: Uint8Array): boolean {
  const first = weighted(text, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) % 11
  const second = weighted(text, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) % 11
  return (
    (first < 2 ? 0 : 11 - first) === text[12] &&
    (second < 2 ? 0 : 11 - second) === text[13] &&
    isVaried(text)
  )
}

function isCanadian(text: Uint8Array): boolean {
  return text[0] !== 0 && text[0] !== 8 && luhn(text) && isVaried(text)
}

/** Letters of names, birthday, sex, state, consonants, a character, check digit. In place of K, L, …, O to Z one more: Ñ is 24. */
function isCurp(text: Uint8Array): boolean {
  if (!isDay(pair(text, 4), pair(text, 6), pair(text, 8))) return false
  let sum = 0
  for (let index = 0; index < 17; index++) {
    const value = text[index]!
    sum += (value > letterN ? value + 1 : value) * (18 - index)
  }
  return (10 - (sum % 10)) % 10 === text[17]
}

function isRfc(text: Uint8Array): boolean {
  return isDay(pair(text, 4), pair(text, 6), pair(text, 8))
}

/** Up to eight digits, weighted by 2 to 7 from the right; K for ten. */
function isRut(text: Uint8Array): boolean {
  let sum = 0
  for (
    let index = text.length - 2, weight = 2;
    index >= 0;
    index--, weight = weight === 7 ? 2 : weight + 1
  ) {
    sum += text[index]! * weight
  }
  const check = 11 - (sum % 11)
  return text.at(-1) === (check === 11 ? 0 : check === 10 ? letterK : check)
}

const cuitKinds = new Set([20, 23, 24, 25, 26, 27, 30, 33, 34])

function isCuit(text: Uint8Array): boolean {
  if (!cuitKinds.has(pair(text, 0))) return false
  return (11 - (weighted(text, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11 === text[10]
}

function isUruguayan(text: Uint8Array): boolean {
  return (10 - (weighted(text, [2, 9, 8, 7, 6, 3, 4]) % 10)) % 10 === text[7] && isVaried(text)
}

/** Province, then as payment cards. */
function isEcuadorian(text: Uint8Array): boolean {
  const province = pair(text, 0)
  return province >= 1 && (province <= 24 || province === 30) && text[2]! < 6 && luhn(text)
}

export const americanIds: readonly IdRule[] = [
  {
    name: 'br_cpf',
    forms: ['000.000.000-00', '00000000000', '000000000-00'],
    isValid: isCpf,
    words: nearWords('cpf'),
    plain: 'possible',
    printed: 'certain',
  },
  {
    name: 'br_cnpj',
    forms: ['00.000.000/0000-00', '00000000000000'],
    isValid: isCnpj,
    words: nearWords('cnpj'),
    plain: 'possible',
    printed: 'certain',
  },
  {
    name: 'ca_sin',
    forms: ['000000000', '000-000-000', '000 000 000'],
    isValid: isCanadian,
    words: nearWords('sin canada canadian'),
    printed: 'possible',
  },
  {
    name: 'mx_curp',
    forms: ['AAAA000000AAAAAA*0'],
    isValid: isCurp,
    words: nearWords('curp'),
    plain: 'certain',
  },
  {
    name: 'mx_rfc',
    forms: ['AAAA000000***', 'AAAA-000000-***'],
    isValid: isRfc,
    words: nearWords('rfc'),
    named: 'likely',
    plain: 'possible',
  },
  {
    name: 'cl_rut',
    forms: ['00.000.000-*', '0.000.000-*', '00000000-*', '0000000-*'],
    isValid: isRut,
    words: nearWords('rut cedula'),
    printed: 'possible',
  },
  {
    name: 'ar_cuit',
    forms: ['00-00000000-0', '00000000000'],
    isValid: isCuit,
    words: nearWords('cuit cuil'),
    plain: 'possible',
    printed: 'likely',
  },
  {
    name: 'uy_cedula',
    forms: ['0.000.000-0', '00000000'],
    isValid: isUruguayan,
    words: nearWords('cedula'),
    printed: 'likely',
  },
  {
    name: 'ec_cedula',
    forms: ['0000000000'],
    isValid: isEcuadorian,
    words: nearWords('cedula'),
  },
]
