/**
 * Numbers without a mark, all of one kind: what one of them could be by chance, all of a column are not. Collects what a
 * sample of whole values has in common. From column-vote.ts.
 */

/** With fewer, chance is too near. */
const phonesMin = 20
const securityNumbersMin = 50
/** Numbers that are given one after the other begin alike. */
const beginningsMin = 5

/** As small countries write them, all of a column alike. Hyphens are of codes as well. */
const shortForms =
  /^(?:\d{3} \d{4}|\d{4} \d{4}|\d{2} \d{3} \d{3}|\d{3} \d{7}|\d{2,3}[. ]\d{2}[. ]\d{2}(?:[. ]\d{2})?)$/

export class BareNumbers {
  #values = 0
  #northAmerican = 0
  #mobileOfIndia = 0
  #withTrunkZero = 0
  #securityNumbers = 0
  #leadingZeros = 0
  #shortForms = 0
  #years = 0
  #bookNumbers = 0
  readonly #beginnings = new Set<string>()
  readonly #firstDigits = new Set<string>()

  add(text: string): void {
    this.#values++
    if (shortForms.test(text)) {
      this.#shortForms++
      const years = text.split(' ').map(Number)
      if (years.every((year) => year >= 1800 && year <= 2100)) this.#years++
    }
    if (!/^\d{9,11}$/.test(text)) {
      if (this.#beginnings.size < beginningsMin) this.#beginnings.add(text.slice(0, 3))
      return
    }
    const first = text.startsWith('0') ? 1 : 0
    this.#beginnings.add(text.slice(first, first + 3))
    this.#firstDigits.add(text[0]!)
    // North American Numbering Plan: area code and exchange begin with 2 to 9.
    if (/^1?[2-9]\d\d[2-9]\d{6}$/.test(text)) this.#northAmerican++
    if (/^[6-9]\d{9}$/.test(text)) this.#mobileOfIndia++
    if (/^0[1-9]\d{7,9}$/.test(text)) this.#withTrunkZero++
    if (isBookNumber(text)) this.#bookNumbers++
    // Social Security Administration: no area 000, 666 or 900 to 999, no group 00, no serial 0000.
    if (/^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(text)) this.#securityNumbers++
    if (text.startsWith('0')) this.#leadingZeros++
  }

  get arePhones(): boolean {
    const all = this.#values
    if (all < phonesMin || this.#beginnings.size < beginningsMin) return false
    if (this.#shortForms === all) return this.#years < all / 2
    if (this.#bookNumbers > all / 2) return false
    if (this.#northAmerican === all || this.#withTrunkZero === all) return true
    return this.#mobileOfIndia === all && this.#firstDigits.size > 1
  }

  /** Some begin with 0: they are no numbers that something was counted with. */
  get areSecurityNumbers(): boolean {
    return (
      this.#values >= securityNumbersMin &&
      this.#securityNumbers === this.#values &&
      this.#leadingZeros > 0 &&
      this.#leadingZeros < this.#values / 2 &&
      this.#beginnings.size >= securityNumbersMin / 2
    )
  }
}

/** ISBN-10. */
function isBookNumber(text: string): boolean {
  if (text.length !== 10) return false
  let sum = 0
  for (let index = 0; index < 10; index++) sum += (10 - index) * Number(text[index])
  return sum % 11 === 0
}
