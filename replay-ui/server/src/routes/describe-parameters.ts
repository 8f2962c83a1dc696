/** What a parameter means where its operation does not say it: a name means the same in every address. For the API's document. Pure. */
const meanings: Readonly<Record<string, string>> = {
  buckets: 'into how many parts the time is cut',
  by: 'what the answer is turned around to',
  colors: 'with the colours of a terminal (SGR)',
  connection: 'name of a connection',
  entity: 'what was found, such as US_SSN',
  group: 'what a row of the answer is',
  hold: 'UUID of a legal hold',
  id: 'as lists of the same show it',
  kind: 'only of this kind',
  limit: 'rows of a page',
  outcome: 'masked, revealed, late, written or filtered',
  page: 'of rows, from 0',
  principal: 'issuer#subject',
  provider: 'of the run, such as github',
  question: 'which operation was asked',
  reason: 'only those of this reason',
  repository: 'of the run',
  returnTo: 'a path of ours to go back to',
  seq: 'of a record in its session',
  session: 'UUIDv7 of a session',
  set: 'hash of a policy set, hex',
  state: 'only in this state',
  verdict: 'only those that were decided so',
  workflow: 'of the run',
  year: 'from 1970 on',
}

type Parameter = { name?: string; description?: string; schema?: { description?: string } }
type Paths = Record<string, Record<string, { parameters?: Parameter[] }>>

export function describeParameters<Document extends object>(document: Document): Document {
  const { paths = {} } = document as { paths?: Paths }
  for (const methods of Object.values(paths))
    for (const { parameters = [] } of Object.values(methods))
      for (const parameter of parameters) {
        const meaning = meanings[parameter.name ?? '']
        if (parameter.schema?.description === undefined && meaning !== undefined)
          parameter.description ??= meaning
      }
  return document
}
