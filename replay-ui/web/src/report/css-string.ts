/** A text as a string of CSS (css-syntax-3 §4.3.5), such as for what stands in the margins of a page. Pure. */
export function cssString(text: string): string {
  const escaped = text.replace(
    /["\\\p{Cc}]/gu,
    (character) => `\\${(character.codePointAt(0) ?? 0).toString(16)} `,
  )
  return `"${escaped}"`
}
