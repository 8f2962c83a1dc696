/** A policy as it was written, with its words told apart by colour. The text is shown, never read as anything else. */
import { recorded } from './recorded.tsx'

type Token = { kind: 'plain' | 'comment' | 'string' | 'note' | 'word'; text: string }

// A comment, a string, an annotation, a keyword; what lies between is plain.
const special =
  /(\/\/[^\n]*)|("(?:[^"\\\n]|\\.)*")|(@[A-Za-z_]\w*)|\b(permit|forbid|when|unless|principal|action|resource|context|in|has|like|is|if|then|else|true|false)\b/g
const tokensMax = 20_000

export function cedarTokens(text: string): Token[] {
  const tokens: Token[] = []
  let from = 0
  for (const found of text.matchAll(special)) {
    if (tokens.length >= tokensMax) break
    if (found.index > from) tokens.push({ kind: 'plain', text: text.slice(from, found.index) })
    const [all, comment, string, note] = found
    const kind = comment ? 'comment' : string ? 'string' : note ? 'note' : 'word'
    tokens.push({ kind, text: all })
    from = found.index + all.length
  }
  if (from < text.length) tokens.push({ kind: 'plain', text: text.slice(from) })
  return tokens
}

type CedarTextProps = {
  text: string
  /** For screen readers. */
  label?: string
  /** Behind the text: what is missing of it. */
  rest?: string
}

export function CedarText({ text, label, rest }: CedarTextProps) {
  return (
    <pre className="cedar" tabIndex={0} aria-label={label}>
      <code>
        {cedarTokens(text).map((token, at) => (
          // The tokens of a text never change places.
          // eslint-disable-next-line react/no-array-index-key
          <span key={at} className={`cedar-${token.kind}`}>
            {token.text
              .split('\n')
              .map((line) => recorded(line))
              .join('\n')}
          </span>
        ))}
      </code>
      {rest !== undefined && <span className="soft">{rest}</span>}
    </pre>
  )
}
