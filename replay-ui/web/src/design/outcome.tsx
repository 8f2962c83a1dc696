/** What happened to values: a word, a sign and a colour, so that none of them is needed alone. */
import { count } from '../text/numbers.ts'
import { outcomeWord } from '../text/words.ts'
import { Icon, type IconName } from './icons.tsx'

const icons: Readonly<Record<string, IconName>> = {
  masked: 'eye-closed',
  revealed: 'eye-open',
  late: 'clock',
  written: 'pencil',
  filtered: 'funnel',
}

type OutcomeProps = { outcome: string; values?: number }

export function Outcome({ outcome, values }: OutcomeProps) {
  const { name, meaning } = outcomeWord(outcome)
  const known = outcome in icons ? outcome : 'other'
  return (
    <span className={`badge outcome-${known}`} title={meaning}>
      <Icon name={icons[outcome] ?? 'warning'} />
      {values !== undefined && <span className="numeric">{count(values)}</span>}
      {name}
    </span>
  )
}

/** Those that an auditor must see first, first. */
export const outcomeOrder = ['revealed', 'late', 'written', 'filtered', 'masked']
