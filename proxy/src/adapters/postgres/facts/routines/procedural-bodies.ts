/**
 * What a body in PL/pgSQL does, as far as its words tell. Its statements that change something are cut out and described; of
 * all others the names count: every routine, relation and type that a word may mean. From routines.ts.
 *
 * Nobody parses PL/pgSQL here. What the words don't tell (EXECUTE, utility statements, what can't be cut out) is incomplete.
 */
import type { Relation, Routine } from '../../catalogue/model.ts'
import type { SqlEnvironment, TaggedColumn } from '../environment.ts'
import type { Lineage } from '../lineage.ts'
import { catalogueFunctionNamed } from '../catalogue.ts'
import { sampledValueFunctions, sampledValueRelations } from '../function-effects.ts'
import { HiddenGatherer, tagsOfRelation, type HiddenFacts } from './hidden-facts.ts'
import {
  findRoutines,
  findTypes,
  firstNormalObjectId,
  isSearched,
  placeOf,
  quoteName,
  relationsNamed,
} from './lookup.ts'
import { tokensOf, type Token } from './tokens.ts'
import type { Workshop } from './workshop.ts'

/** After these words of PL/pgSQL, or after a semicolon or label, a statement begins. */
const boundaries = new Set('begin then else loop declare'.split(' '))
/** A query stands after these, too: FOR … IN, RETURN QUERY, OPEN … FOR. */
const queryBoundaries = new Set([...boundaries, 'in', 'query', 'for'])
const changing = new Set('insert update delete merge'.split(' '))

/** Statements whose first word says that they are not described here. A column of that name stands elsewhere. */
const utility = new Set(
  `abort alter analyze analyse call checkpoint cluster comment copy create deallocate discard do
  drop explain grant import listen load lock notify prepare reassign refresh reindex release
  repack reset revoke rollback savepoint security set start truncate unlisten vacuum wait`.split(
    /\s+/,
  ),
)

/** What a body does, and what it may bring out. */
export type BodyReading = { hidden: HiddenFacts; result: Lineage }

export function readProceduralBody(
  workshop: Workshop,
  environment: SqlEnvironment,
  routine: Routine,
  rowsOf: Relation | undefined,
): BodyReading {
  const gatherer = new HiddenGatherer()
  const tokens = tokensOf(routine.source)
  if (tokens === undefined) {
    gatherer.addAnything()
  } else {
    const reader = { workshop, environment, gatherer, tokens, source: routine.source, rowsOf }
    for (const statement of statementsOf(tokens)) readStatement(reader, statement)
    tokens.forEach((token, index) => readName(reader, token, index))
    readOperators(reader)
    readAssignments(reader)
  }
  const { tags, unknown } = gatherer.facts().reach
  return { hidden: gatherer.facts(), result: { tags, unknown: unknown || !gatherer.complete } }
}

type Reader = {
  readonly workshop: Workshop
  readonly environment: SqlEnvironment
  readonly gatherer: HiddenGatherer
  readonly tokens: readonly Token[]
  readonly source: string
  readonly rowsOf: Relation | undefined
}

/** Runs of tokens between semicolons. */
function statementsOf(tokens: readonly Token[]): (readonly Token[])[] {
  const statements: Token[][] = [[]]
  for (const token of tokens) {
    if (token.kind === 'other' && token.text === ';') statements.push([])
    else statements.at(-1)?.push(token)
  }
  return statements
}

function isWord(token: Token | undefined, words: ReadonlySet<string>): boolean {
  return token?.kind === 'word' && words.has(token.text)
}

/** Whether a statement may begin at this token. */
function begins(statement: readonly Token[], index: number, after: ReadonlySet<string>): boolean {
  const before = statement[index - 1]
  return before === undefined || before.text === '>>' || isWord(before, after)
}

function readStatement(reader: Reader, statement: readonly Token[]): void {
  const { gatherer } = reader
  for (const [index, token] of statement.entries()) {
    if (token.kind !== 'word') continue
    if (token.text === 'execute') gatherer.addAnything()
    else if (token.text === 'commit') gatherer.effects.add('session')
    else if (utility.has(token.text) && begins(statement, index, boundaries)) {
      gatherer.addAnything()
    }
  }
  const first = statement.findIndex(
    (token, index) => isWord(token, changing) && !isLocking(statement, index),
  )
  if (first >= 0) describeChange(reader, statement, first)
}

/** FOR UPDATE, FOR NO KEY UPDATE lock rows. */
function isLocking(statement: readonly Token[], index: number): boolean {
  const [before, token, after] = [statement[index - 1], statement[index], statement[index + 1]]
  if (token?.text !== 'update' || !isWord(before, new Set(['for', 'key']))) return false
  // FOR x IN … is no lock, and `for update set` would be an UPDATE whose table is named SET.
  return after === undefined || isWord(after, new Set(['of', 'nowait', 'skip', 'loop']))
    || after.text === ')'
} // prettier-ignore

/** Cuts the statement around its first changing word out of the source. */
function describeChange(reader: Reader, statement: readonly Token[], first: number): void {
  const { workshop, environment, gatherer, source, rowsOf } = reader
  const starters = new Set([...changing, 'with'])
  let start = first
  while (
    start >= 0 &&
    !(isWord(statement[start], starters) && begins(statement, start, queryBoundaries))
  ) {
    start--
  }
  const from = statement[start]
  const last = statement.at(-1)
  if (from === undefined || last === undefined) {
    gatherer.addAnything()
    return
  }
  const loop = statement.findIndex((token, index) => index > start && isWord(token, loopWord))
  const end = loop < 0 ? last.end : (statement[loop]?.start ?? last.end)
  const kept = statement.slice(start, loop < 0 ? undefined : loop)
  const target = intoTarget(kept)
  const text =
    target === undefined
      ? source.slice(from.start, end)
      : source.slice(from.start, target.start) + ' ' + source.slice(target.end, end)
  gatherer.add(
    workshop.bodies.describe(text, environment, rowsOf === undefined ? undefined : placeOf(rowsOf)),
  )
}

const loopWord = new Set(['loop'])

/** RETURNING … INTO [STRICT] variable, … is PL/pgSQL's own: where it stands. INSERT INTO and MERGE INTO come before. */
function intoTarget(statement: readonly Token[]): { start: number; end: number } | undefined {
  const returning = statement.findIndex((token) => token.kind === 'word' && token.text === 'returning')
  if (returning < 0) return undefined
  const at = statement.findIndex(
    (token, index) => index > returning && token.kind === 'word' && token.text === 'into',
  )
  const into = statement[at]
  if (into === undefined) return undefined
  let end = into.end
  for (let index = at + 1; index < statement.length; index++) {
    const token = statement[index]
    if (token === undefined || (token.kind === 'other' && !',.'.includes(token.text))) break
    end = token.end
  }
  return { start: into.start, end }
} // prettier-ignore

/** What this word may mean: a routine that is called, a relation that is read, a type that a value is turned into. */
function readName(reader: Reader, token: Token, index: number): void {
  if (token.kind === 'other') return
  const { workshop, environment, gatherer, tokens } = reader
  const qualified = tokens[index - 1]?.text === '.'
  const names = qualified ? [tokens[index - 2]?.text ?? '', token.text] : [token.text]
  if (qualified || tokens[index + 1]?.text === '(') {
    readCall(reader, token.text, names)
  }
  readRelation(reader, token.text, qualified)
  for (const type of findTypes(environment, names)) {
    if (type.oid >= firstNormalObjectId && type.kind !== 'composite') {
      gatherer.add(workshop.conversionTo(environment, type.oid))
    }
  }
}

/** `x.name` may call name(x) in the search path, or a routine of a schema x. */
function readCall(reader: Reader, name: string, names: readonly string[]): void {
  const { workshop, environment, gatherer } = reader
  const routines = new Set([
    ...findRoutines(environment, names, undefined),
    ...findRoutines(environment, [name], undefined),
  ])
  for (const routine of routines) {
    const { hidden, result } = workshop.routine(environment, routine)
    gatherer.add(hidden).addTags(result.tags)
    if (result.unknown) gatherer.unknown = true
  }
  const own = catalogueFunctionNamed(name)
  if (own === undefined) return
  gatherer.functions.add(own.name)
  if (own.effects === undefined) gatherer.addAnything()
  else gatherer.addEffects(own.effects)
  if (sampledValueFunctions.has(name)) gatherer.unknown = true
  // Which setting it is stands in its arguments.
  if (name === 'set_config') gatherer.addAnything()
}

/** Every operator that somebody made and whose name stands in the source, maybe run together with a sign. */
function readOperators({ workshop, environment, gatherer, tokens, source }: Reader): void {
  const symbols = new Set<string>()
  for (const { kind, start, end } of tokens) {
    if (kind === 'other' && operatorCharacters.test(source.charAt(start))) {
      symbols.add(source.slice(start, end))
    }
  }
  const named = tokens.some((token) => isWord(token, operatorWords))
  for (const [name, operators] of environment.model.operatorsByName) {
    if (![...symbols].some((symbol) => symbol.includes(name)) && !(named && name === '=')) continue
    for (const { schema, routineOid } of operators) {
      if (!named && !isSearched(environment, schema)) continue
      gatherer.add(workshop.routineByOid(environment, routineOid))
    }
  }
}

const operatorCharacters = /[-+*/<>=~!@#%^&|`?]/
/** OPERATOR(schema.name); words that stand for an operator. */
const operatorWords = new Set(
  'operator like ilike similar between in case nullif distinct using'.split(' '),
)

function readRelation(reader: Reader, name: string, qualified: boolean): void {
  const { workshop, environment, gatherer } = reader
  for (const column of environment.temporary.get(name)?.columns ?? []) gatherer.addTags(column.tags)
  for (const relation of relationsNamed(environment.model, name)) {
    if (!qualified && !isSearched(environment, relation.schema)) continue
    if (sampledValueRelations.has(placeOf(relation))) gatherer.unknown = true
    if (relation.schema === 'pg_catalog' || relation.schema === 'information_schema') continue
    gatherer.reads.add(placeOf(relation))
    gatherer.effects.add('read')
    for (const column of relation.columns) {
      gatherer.columns.add(`${placeOf(relation)}.${column.name}`)
    }
    gatherer.addTags(tagsOfRelation(relation)).add(workshop.read(environment, relation))
    if (relation.definition !== undefined) {
      const view = `${quoteName(relation.schema)}.${quoteName(relation.name)}`
      gatherer.add(workshop.bodies.describe(`select * from ${view}`, environment))
    }
  }
}

/**
 * What a trigger puts into the row: `new.column := expression`. Of what variables hold nobody keeps account: of anything that
 * the body reads.
 */
function readAssignments(reader: Reader): void {
  const { workshop, environment, gatherer, tokens, source, rowsOf } = reader
  const place = rowsOf === undefined ? '' : placeOf(rowsOf)
  for (const statement of rowsOf === undefined ? [] : statementsOf(tokens)) {
    for (const { column, from } of assignedIn(statement)) {
      const last = statement.at(-1)
      const text = from === undefined || last === undefined ? '' : source.slice(from, last.end)
      const [value] = text === '' ? [] : (workshop.bodies.describe(`select ${text}`, environment, place).outputs ?? [])
      gatherer.addStore(place, column, value ?? { tags: [], unknown: false, variable: 'any' })
    }
  }
  const held = new HiddenGatherer()
  for (const statement of statementsOf(tokens)) {
    const part = readingPart(statement)
    part.forEach((token, index) => readName({ ...reader, gatherer: held, tokens: part }, token, index))
  }
  gatherer.giveVariables({
    tags: [...held.tags, ...mentionedTags(reader)],
    unknown: held.unknown || !gatherer.complete,
  })
} // prettier-ignore

/** What a change reads stays in it, unless RETURNING hands it to variables. */
function readingPart(statement: readonly Token[]): readonly Token[] {
  if (statement.some((token) => token.kind === 'word' && token.text === 'returning')) return statement
  const change = statement.findIndex(
    (token, index) => isWord(token, changing) && !isLocking(statement, index),
  )
  return change < 0 ? statement : statement.slice(0, change)
} // prettier-ignore

type Assignment = {
  /** Undefined: any of the row. */
  readonly column: string | undefined
  /** Where in the source the expression begins; undefined: there is none. */
  readonly from: number | undefined
}

function assignedIn(statement: readonly Token[]): Assignment[] {
  const found: Assignment[] = []
  const into = statement.findIndex((token) => token.kind === 'word' && token.text === 'into')
  statement.forEach((token, index) => {
    // Another row than NEW in its place.
    const next = statement[index + 1]
    if (token.kind === 'word' && token.text === 'return') {
      const same = next === undefined || isWord(next, new Set(['new', 'old', 'null']))
      if (!same) found.push({ column: undefined, from: undefined })
    }
    if (token.kind === 'other' || token.text !== 'new') return
    const field = next?.text === '.' ? statement[index + 2] : undefined
    const after = statement[field === undefined ? index + 1 : index + 3]
    const column = field?.text
    if (after?.text === ':=' || (after?.text === '=' && begins(statement, index, boundaries))) {
      found.push({ column, from: after.end })
    } else if (after?.text === '[' || after?.text === '.') found.push({ column, from: undefined })
    else if (into >= 0 && index > into) found.push({ column, from: undefined })
    else if (isWord(statement[index - 1], new Set(['for', 'foreach', 'diagnostics']))) {
      found.push({ column, from: undefined })
    }
  })
  return found
}

/** Tags of the columns of NEW and OLD that the body names; of all of them if it names the row. */
function mentionedTags({ tokens, rowsOf }: Reader): TaggedColumn[] {
  if (rowsOf === undefined) return []
  const fields = new Set<string>()
  let whole = false
  tokens.forEach((token, index) => {
    if (token.kind === 'other' || (token.text !== 'new' && token.text !== 'old')) return
    if (tokens[index + 1]?.text === '.') fields.add(tokens[index + 2]?.text ?? '')
    else if (!isWord(tokens[index - 1], new Set(['return']))) whole = true
  })
  return tagsOfRelation({
    ...rowsOf,
    columns: whole ? rowsOf.columns : rowsOf.columns.filter(({ name }) => fields.has(name)),
  })
}
