/** Whether a policy lets values be shown in clear: a permit whose scope names that action. Pure. */
import { cedarTokens } from '../design/cedar-text.tsx'

export function reveals(policy: string): boolean {
  const code = cedarTokens(policy).filter(({ kind }) => kind !== 'comment')
  // Before its effect a policy has annotations only, behind its scope conditions.
  const effect = code.findIndex(({ kind }) => kind === 'word')
  const condition = code.findIndex(
    ({ kind, text }) => kind === 'word' && (text === 'when' || text === 'unless'),
  )
  const scope = code.slice(effect, condition === -1 ? undefined : condition)
  const text = scope.map((token) => token.text).join('')
  return code[effect]?.text === 'permit' && /\bAction\s*::\s*"reveal"/.test(text)
}
