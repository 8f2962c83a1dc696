/** The normal form of a date of birth: `19610701`. From normalise.ts. Pure. */

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Undefined: no date, or one with a year of two digits. Of `03/04/1961` the first is taken as the month, as in the USA. */
export function normalDate(text: string): string | undefined {
  const parts = text.toLowerCase().match(/\d+|\p{L}+/gu)
  if (parts === null || parts.length < 3) return undefined
  const [first, second, third] = parts
  const named = parts.slice(0, 3).findIndex((part) => monthOf(part) !== undefined)
  if (named >= 0) {
    const numbers = parts.slice(0, 3).filter((_, index) => index !== named)
    const [one, other] = numbers
    const year = one!.length === 4 ? one! : other!
    return dateOf(year, String(monthOf(parts[named]!)), one!.length === 4 ? other! : one!)
  }
  if (first.length === 4) return dateOf(first, second!, third!)
  const dayFirst = text.includes('.') || Number(first) > 12
  return dayFirst ? dateOf(third!, second!, first) : dateOf(third!, first, second!)
}

function monthOf(part: string): number | undefined {
  const month = months.indexOf(part.slice(0, 3))
  return month === -1 ? undefined : month + 1
}

function dateOf(year: string, month: string, day: string): string | undefined {
  const isDate =
    /^\d{4}$/.test(year) &&
    /^\d{1,2}$/.test(month) &&
    /^\d{1,2}$/.test(day) &&
    isWithin(Number(month), 12) &&
    isWithin(Number(day), 31)
  return isDate ? `${year}${month.padStart(2, '0')}${day.padStart(2, '0')}` : undefined
}

function isWithin(number: number, max: number): boolean {
  return number >= 1 && number <= max
}
