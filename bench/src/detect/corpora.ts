/** Texts of the kinds that pass a proxy, made of a seed: a dump of SQL, CSV, logs, JSON; and what is hard on a scanner. */

export type Corpus = { readonly name: string; readonly bytes: Uint8Array }

const megabyte = 1024 * 1024
const encoder = new TextEncoder()

const words =
  'order payment shipped customer account returned invoice pending delivery address changed by the for with request from new item stock price total updated created at and of to in on'.split(
    ' ',
  )
const givenNames = ['Anna', 'Bernd', 'Carla', 'Deniz', 'Elif', 'Farid', 'Greta', 'Hugo', 'Inez']
const familyNames = ['Albrecht', 'Brunner', 'Costa', 'Demir', 'Eriksen', 'Fischer', 'Grimaldi']
const cities = ['Berlin', 'Porto', 'Izmir', 'Oslo', 'Torino', 'Lyon', 'Boston', 'Leeds']

/** A linear congruential generator (Numerical Recipes): the same texts on every machine. */
class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  below(count: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * count)
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!
  }

  digits(count: number): string {
    return Array.from({ length: count }, () => String(this.below(10))).join('')
  }

  hex(count: number): string {
    return Array.from({ length: count }, () => '0123456789abcdef'[this.below(16)]).join('')
  }

  words(count: number): string {
    return Array.from({ length: count }, () => this.of(words)).join(' ')
  }

  uuid(): string {
    return [8, 4, 4, 4, 12].map((count) => this.hex(count)).join('-')
  }

  day(): string {
    return `20${10 + this.below(16)}-0${1 + this.below(9)}-${10 + this.below(19)}`
  }

  time(): string {
    return `1${this.below(10)}:${10 + this.below(50)}:${10 + this.below(50)}.${this.digits(3)}`
  }

  email(): string {
    return `${this.of(givenNames).toLowerCase()}.${this.of(familyNames).toLowerCase()}${this.below(90)}@example.${this.of(['com', 'org', 'net'])}`
  }

  phone(): string {
    return `+1 (${200 + this.below(700)}) 555-01${this.digits(2)}`
  }

  amount(): string {
    return `${this.below(900)}.${this.digits(2)}`
  }
}

function sqlLine(dice: Dice, line: number): string {
  const name = `${dice.of(givenNames)} ${dice.of(familyNames)}`
  return line % 5 === 0
    ? `INSERT INTO public.customers VALUES (${1000 + line}, '${name}', '${dice.email()}', '${dice.phone()}', '${dice.of(cities)}', '${dice.day()} ${dice.time()}', NULL);`
    : `INSERT INTO public.orders VALUES (${100_000 + line}, ${1000 + dice.below(9000)}, '${dice.day()} ${dice.time()}', ${dice.amount()}, '${dice.of(['paid', 'open', 'sent'])}', '${dice.words(8)}', '{}', false);`
}

function csvLine(dice: Dice, line: number): string {
  return `${line},${dice.day()},${dice.of(givenNames)} ${dice.of(familyNames)},${dice.email()},${dice.of(cities)},${dice.amount()},${dice.below(12)},"${dice.words(7)}",${dice.of(['paid', 'open', 'sent'])}`
}

function logLine(dice: Dice, line: number): string {
  const at = `${dice.day()}T${dice.time()}Z`
  switch (line % 4) {
    case 0:
      return `${at} INFO [worker-${dice.below(32)}] com.example.orders.OrderService - ${dice.words(6)} id=${dice.uuid()} took ${dice.below(900)} ms`
    case 1:
      return `10.${dice.below(255)}.${dice.below(255)}.7 - - [${at}] "GET /api/v2/orders/${dice.digits(6)}?page=${dice.below(9)} HTTP/1.1" 200 ${dice.digits(5)} "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"`
    case 2:
      return `${at} WARN [pool-1-thread-${dice.below(9)}] com.example.db.Pool - ${dice.words(9)} (active=${dice.below(50)}, idle=${dice.below(9)})`
    default:
      return `${at} DEBUG ${dice.hex(12)} commit ${dice.hex(40)} ${dice.words(10)} version 4.${dice.below(20)}.${dice.below(9)}`
  }
}

function jsonLine(dice: Dice, line: number): string {
  return JSON.stringify({
    ...{ id: dice.uuid(), sequence: line, at: `${dice.day()}T${dice.time()}Z` },
    ...{ customer: { name: dice.of(givenNames), city: dice.of(cities), email: dice.email() } },
    ...{ items: [{ sku: `A-${dice.digits(5)}`, count: dice.below(9), price: dice.below(9000) }] },
    ...{ paid: true, note: dice.words(9), tags: [dice.of(words), dice.of(words)] },
  })
}

export function ordinaryCorpora(megabytes: number, seed: number): Corpus[] {
  const lines = { SQL: sqlLine, CSV: csvLine, logs: logLine, JSON: jsonLine } as const
  return Object.entries(lines).map(([name, lineOf]) => {
    const dice = new Dice(seed)
    const made: string[] = []
    for (let line = 0, length = 0; length < megabytes * megabyte; line++) {
      const text = `${lineOf(dice, line)}\n`
      length += text.length
      made.push(text)
    }
    return { name, bytes: encoder.encode(made.join('')) }
  })
}

/** Each repeated: what begins like a finding as often as can be, and comes to nothing, or to very many. */
export const hardTexts: readonly string[] = [
  ...['1', '7 ', '12-', '123-', '123.', '1.1.1.1.1.', '1.2.3.4 ', '::::', '::1 ', 'a:b:c:'],
  ...[
    '12:34:56 ',
    'aa:bb:cc:dd:ee:',
    '01-02-03-04-05-',
    '0123.4567.',
    '@',
    'a@',
    'a@b.',
    'a@b.co ',
  ],
  ...['.', '-', '_', ':', '/', '=', '"', '\\n', '\\u00', 'é', '+', '+1 (', '+49 30 ', '(030) '],
  ...['4111 1111 1111 1112 ', '4111111111111112 ', '4111-1111-', '536-90-4399 ', '536-90-'],
  ...['DE89370400440532013001 ', 'GB82 WEST 1234 5698 7654 33 ', 'AB12 ', 'A1B2C3D4 '],
  ...['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb ', '0x52908400098527886E0F7030069857D2E4169EE8 '],
  ...['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5 ', 'eyJ', 'eyJhbGciOi.', '-----BEGIN ', 'ghp_'],
  ...[
    'password=',
    'password: x ',
    'secret token key ',
    'api_key="',
    '://',
    'https://a:b@',
    'xoxb-',
  ],
  ...['a', 'a1', 'a1 ', 'deadbeef', '0f', 'Zm9vYmFy', 'Zm9v+mFy/', ' ', '\t', '\n', '\0'],
  ...[
    '2024-01-15 10:15:30 ',
    '2024-01-15T10:15:30.123456Z',
    '1773310530123 ',
    '1.23.456 ',
    'born ',
  ],
  // Found by a search that changes texts and keeps the slower ones: each reaches over the next.
  ...['ZXlK=', 'ya29.=', 'ya29.=xxxx', 'bkaj_=', 'xoxd-=', 'SG.=', 'pbkdf2_sha=', 'eyJrIjoi='],
  ...['authorization=', 'twitter=', 'sl_key=', 'passwordpassword:', '12--xpasswd=,--sqb_,01-0$'],
  ...['12)-', '1)-', '2345 2345 2345 ', 'A', '1 A St ', 'Mr ', 'Dr. ', 'sk- ', 'p-@xox'],
  ...['phone 555 ', 'SSN 123456789 ', 'passport no ', 'John Smith ', '12 Main Street '],
]

export function hardCorpora(bytes: number, literals: readonly string[]): Corpus[] {
  return [...new Set([...hardTexts, ...literals])].map((text) => ({
    name: JSON.stringify(text),
    bytes: encoder.encode(text.repeat(Math.ceil(bytes / text.length))).subarray(0, bytes),
  }))
}
