/** Words for what is on record: a sentence for every code that an auditor meets. Unknown ones are shown as they are. Pure. */

type Word = { name: string; meaning: string }

const outcomes: Readonly<Record<string, Word>> = {
  masked: { name: 'masked', meaning: 'Replaced before it left the proxy: nobody saw the value.' },
  revealed: { name: 'revealed', meaning: 'Shown in clear: a policy allowed it.' },
  late: { name: 'found late', meaning: 'Found after it had passed: somebody may have seen it.' },
  written: { name: 'written', meaning: 'Sent by the client to the database.' },
  filtered: { name: 'filtered on', meaning: 'Used in a condition; the value was not returned.' },
}

export function outcomeWord(outcome: string): Word {
  return outcomes[outcome] ?? { name: outcome, meaning: '' }
}

const transactionOutcomes: Readonly<Record<string, string>> = {
  committed: 'committed',
  rolled_back: 'rolled back',
  prepared: 'prepared',
}

export function transactionWord(outcome: string): string {
  return transactionOutcomes[outcome] ?? outcome
}

const principalKinds: Readonly<Record<string, string>> = {
  ci_job: 'CI job',
  agent: 'Agent',
  service_account: 'Service account',
  human: 'Person',
  legacy_key: 'Legacy key',
}

export function principalKindWord(kind: string): string {
  return principalKinds[kind] ?? kind
}

const uninspectedReasons: Readonly<Record<string, string>> = {
  binary_value: 'binary values',
  unknown_lineage: 'columns of unknown origin',
  copy_format: 'a COPY format that is not read yet',
  oversized_value: 'values too large to inspect',
  encoding: 'text in an encoding that is not read yet',
  error_text: 'text of errors and notices',
}

export function uninspectedWord(reason: string): string {
  return uninspectedReasons[reason] ?? reason
}

const sessionStates: Readonly<Record<string, Word>> = {
  open: { name: 'open', meaning: 'The session is still going on.' },
  closed: { name: 'closed', meaning: 'The session ended in order.' },
  aborted: { name: 'aborted', meaning: 'The proxy died while the session was open.' },
  refused: { name: 'refused', meaning: 'The caller was not let in.' },
}

export function sessionStateWord(state: string): Word {
  return sessionStates[state] ?? { name: state, meaning: '' }
}

const verdicts: Readonly<Record<string, string>> = {
  allow: 'allowed',
  deny: 'refused',
  hold: 'held for approval',
}

export function verdictWord(verdict: string): string {
  return verdicts[verdict] ?? verdict
}

const levels: Readonly<Record<string, string>> = {
  certain: 'certain: the column is tagged, or the value proves itself',
  likely: 'likely: the form and what stands around it fit',
  possible: 'possible: the form fits',
}

export function levelMeaning(level: string): string {
  return levels[level] ?? level
}

/** Messages of the server begin small and end without a full stop. */
export function sentence(text: string): string {
  const begun = `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`
}

/** http and https only: an address comes from a claim, and must not run anything. */
export function safeUrl(url: string | null): string | undefined {
  if (url === null || !URL.canParse(url)) return undefined
  const { protocol, href } = new URL(url)
  return protocol === 'https:' || protocol === 'http:' ? href : undefined
}

/** `policies/read.cedar`: a file as people name it, where its path climbs out of the directory that it was given from. */
export function fileWord(path: string): string {
  return path.startsWith('../') ? path.split('/').slice(-2).join('/') : path
}
