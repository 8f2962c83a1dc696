/** What each failure of a verification means to somebody who did not write it. Pure. */

const meanings: Readonly<Record<string, string>> = {
  record_invalid: 'What is stored there is no record: it was damaged, or comes from a newer release.',
  record_edited: 'The content was changed after it was recorded: it does not give the hash that was kept for it.',
  record_misplaced: 'A record stands in the place of another one: somebody moved or swapped records.',
  records_missing: 'Records were removed: the process that wrote them numbered them without a gap.',
  session_records_missing: 'Records of a session were removed: a session numbers its records without a gap.',
  tail_missing: 'The end is missing: the process is known to have written more.',
  chain_broken: 'The hashes do not lead to the head that the process signed: what it covers was changed.',
  signature_invalid: 'A signature is not of a key that is trusted here: forged, or its key is not configured.',
  journal_damaged: 'The journal on disk can not be read as records: a damaged disk, or somebody wrote into it.',
  missing_in_store: 'A record of the journal was taken over into the store and is not there any more.',
  missing_in_journal: 'The store has a record that the journal, which is still there, does not have: it was added.',
  copies_differ: 'Journal and store say different things about the same record: one of them was changed.',
  unsigned: 'Nobody has signed these records in time, and no journal has them.',
  journal_removed: 'The journal of a process is gone before its time.',
  bytes_missing: 'Content is gone though it has not expired.',
  duplicate: 'A record is there twice: counts could be wrong.',
  derived_differs: 'A table that answers questions says something else than the record it comes from. The record decides; `gatetrail ingest rebuild` makes the table anew.',
  derived_count_differs: 'A table that answers questions has rows too many or too few. `gatetrail ingest rebuild` makes it anew.',
} // prettier-ignore

export function failureMeaning(kind: string): string {
  return meanings[kind] ?? 'A kind of failure that this page does not know yet; see the reason.'
}

const places: Readonly<Record<string, string>> = {
  journal: 'in the journal',
  store: 'in the store',
  derived: 'in a derived table',
}

export function placeWord(where: string): string {
  return places[where] ?? where
}
