/** The address where a person can look at a run, from the template of the configuration. Pure. */

/**
 * Replaces each `{/pointer}` by its claim, encoded per path segment, so that a repository `acme/train` keeps its slash and
 * no claim can leave its place. Undefined if a claim is missing, or would change the path (`..`) or the scheme.
 */
export function runUrl(
  template: string,
  read: (pointer: string) => string | undefined,
): string | undefined {
  let complete = true
  const text = template.replaceAll(/\{(\/[^{}]*)\}/g, (_, pointer: string) => {
    const encoded = encodePath(read(pointer))
    complete &&= encoded !== undefined
    return encoded ?? ''
  })
  return complete && /^https?:\/\//.test(text) && URL.canParse(text) ? text : undefined
}

function encodePath(value: string | undefined): string | undefined {
  const segments = value?.split('/')
  if (segments === undefined || segments.some((segment) => ['', '.', '..'].includes(segment))) {
    return undefined
  }
  return segments.map(encodeURIComponent).join('/')
}
