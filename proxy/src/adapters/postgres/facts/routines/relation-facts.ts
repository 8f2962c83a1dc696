/**
 * What reading or changing a relation sets off: policies, triggers, rules, defaults, checks, index expressions, foreign key
 * actions, partitions, the tables beneath a view. From index.ts.
 */
import type { Relation, TriggerEvent } from '../../catalogue/model.ts'
import type { SqlEnvironment } from '../environment.ts'
import { functionEffects } from '../function-effects.ts'
import { anythingHidden, HiddenGatherer, nothingHidden, type HiddenFacts } from './hidden-facts.ts'
import { placeOf, printedIn, quoteName } from './lookup.ts'
import { Memory, type DescribedBody } from './memory.ts'
import type { Workshop } from './workshop.ts'

/** Relations and events that one change may set off. */
const reachedMax = 2_000
const ancestorsMax = 64

export class RelationReader {
  readonly #workshop: Workshop
  readonly #reads: Memory<HiddenFacts>
  readonly #writes: Memory<HiddenFacts>

  constructor(workshop: Workshop) {
    this.#workshop = workshop
    this.#reads = new Memory(workshop.bodies, nothingHidden) // The outer one has what this one would say.
    this.#writes = new Memory(workshop.bodies, anythingHidden)
  }

  read(environment: SqlEnvironment, relation: Relation): HiddenFacts {
    return this.#reads.of(environment, String(relation.oid), () =>
      this.#gatherRead(environment, relation),
    )
  }

  write(environment: SqlEnvironment, relation: Relation, event: TriggerEvent): HiddenFacts {
    return this.#writes.of(environment, `${relation.oid} ${event}`, () =>
      this.#gatherWrite(environment, relation, event),
    )
  }

  #gatherRead(environment: SqlEnvironment, relation: Relation): HiddenFacts {
    const gatherer = new HiddenGatherer()
    for (const ancestor of ancestorsOf(environment, relation)) {
      gatherer.reads.add(placeOf(ancestor))
      this.#addExpressions(environment, ancestor, ancestor.readExpressions, gatherer)
    }
    for (const member of this.#family(environment, relation)) {
      if (member.kind === 'f') gatherer.effects.add('external')
    }
    this.#addExpressions(environment, relation, relation.readExpressions, gatherer)
    for (const { typeOid } of relation.columns) {
      gatherer.add(this.#workshop.typeInUse(environment, typeOid))
    }
    return gatherer.facts()
  }

  /** A relation with all that inherit from it, as far as the bound goes. */
  #family(environment: SqlEnvironment, relation: Relation): Relation[] {
    const family = new Set([relation])
    for (const member of family) {
      for (const oid of member.children) {
        const child = environment.model.relationsByOid.get(oid)
        if (child !== undefined && family.size < reachedMax) family.add(child)
      }
    }
    return [...family]
  }

  /** One change may set off others (cascades, partitions, views): each is gathered once, so circles end. */
  #gatherWrite(environment: SqlEnvironment, first: Relation, event: TriggerEvent): HiddenFacts {
    const gatherer = new HiddenGatherer()
    const reached = new Map<string, { relation: Relation; event: TriggerEvent }>()
    const reach = (relation: Relation, on: TriggerEvent): void => {
      reached.set(`${relation.oid} ${on}`, { relation, event: on })
    }
    reach(first, event)
    for (const { relation, event: on } of reached.values()) {
      if (reached.size > reachedMax) return anythingHidden
      if (relation !== first) gatherer.writes.add(placeOf(relation))
      for (const ancestor of ancestorsOf(environment, relation)) {
        gatherer.writes.add(placeOf(ancestor)) // Its rows change, too.
      }
      this.#addOwn(environment, relation, on, gatherer)
      this.#follow(environment, relation, on, gatherer, reach)
    }
    return gatherer.facts()
  }

  /** Relations that change because this one does. */
  #follow(
    environment: SqlEnvironment,
    relation: Relation,
    event: TriggerEvent,
    gatherer: HiddenGatherer,
    reach: (relation: Relation, event: TriggerEvent) => void,
  ): void {
    const { relationsByOid, relationsByName } = environment.model
    const routed = event !== 'insert' || relation.kind === 'p'
    for (const oid of routed ? relation.children : []) {
      const child = relationsByOid.get(oid)
      if (child === undefined) gatherer.addAnything()
      else reach(child, event)
    }
    // A row that an UPDATE moves to another partition is deleted and inserted.
    if (event === 'update' && (relation.kind === 'p' || relation.parents.length > 0)) {
      reach(relation, 'delete')
      reach(relation, 'insert')
    }
    for (const { relationOid, on } of relation.foreignKeyActions) {
      if (on !== event) continue
      const other = relationsByOid.get(relationOid)
      if (other === undefined) gatherer.addAnything()
      else {
        reach(other, 'update') // SET NULL, SET DEFAULT, CASCADE of an update
        if (on === 'delete') reach(other, 'delete')
      }
    }
    if (relation.kind !== 'v' || isReplaced(relation, event)) return
    // An updatable view hands the change to the one table that it shows.
    const beneath = this.#view(environment, relation)
    if (!beneath.complete) gatherer.addAnything()
    for (const place of beneath.reads) {
      const base = relationsByName.get(place)
      if (base !== undefined && 'rpf'.includes(base.kind)) reach(base, event)
    }
  }

  #view(environment: SqlEnvironment, { definition = '' }: Relation): DescribedBody {
    return this.#workshop.bodies.describe(definition, printedIn(environment))
  }

  /** What this relation itself evaluates and runs. */
  #addOwn(
    environment: SqlEnvironment,
    relation: Relation,
    event: TriggerEvent,
    gatherer: HiddenGatherer,
  ): void {
    if (relation.kind === 'f') gatherer.effects.add('external')
    for (const trigger of relation.triggers) {
      if (!trigger.events.includes(event)) continue
      gatherer.add(this.#workshop.routineByOid(environment, trigger.routineOid, relation))
      if (trigger.definition !== undefined) {
        gatherer.add(this.#printed(environment, relation, trigger.definition))
      }
    }
    for (const rule of relation.rules) {
      if (rule.event === event) {
        gatherer.add(this.#printed(environment, relation, rule.definition))
      }
    }
    if (event === 'truncate') return
    this.#addExpressions(environment, relation, relation.expressions, gatherer)
    for (const { typeOid } of relation.columns) {
      gatherer.add(this.#workshop.typeInUse(environment, typeOid))
    }
    if (event === 'delete') return
    for (const { name, defaultText } of relation.columns) {
      if (defaultText === undefined) continue
      const own = new HiddenGatherer()
      this.#addExpressions(environment, relation, [defaultText], own)
      const hidden = own.facts()
      gatherer.add(hidden)
      // What a function reads that stands in a default lies in the column then.
      const { tags, unknown } = hidden.reach
      gatherer.addStore(placeOf(relation), name, { tags, unknown })
    }
    for (const { typeOid } of relation.columns) {
      gatherer.add(this.#workshop.conversionTo(environment, typeOid))
    }
  }

  /** What stands in the definition of a rule or trigger; neither is made by anybody now. */
  #printed(environment: SqlEnvironment, relation: Relation, definition: string): HiddenFacts {
    const body = this.#workshop.bodies.describe(
      definition,
      printedIn(environment),
      placeOf(relation),
    )
    const administers = body.functions.some((name) =>
      functionEffects.get(name.replace(/^pg_catalog\./, ''))?.includes('schema'),
    )
    return {
      ...body,
      kinds: body.kinds.filter((kind) => kind !== 'create_rule' && kind !== 'create_trigger'),
      effects: body.effects.filter((effect) => effect !== 'schema' || administers),
    }
  }

  /** Expressions over the columns of a relation, whose values they get without reading the relation. */
  #addExpressions(
    environment: SqlEnvironment,
    relation: Relation,
    expressions: readonly string[],
    gatherer: HiddenGatherer,
  ): void {
    if (expressions.length === 0) return
    const names = relation.columns.map(({ name }) => quoteName(name))
    const row =
      names.length === 0
        ? ''
        : ` FROM (VALUES (${names.map(() => 'NULL').join(', ')})) AS ${quoteName(relation.name)}(${names.join(', ')})`
    for (const expression of new Set(expressions)) {
      if (harmlessDefault.test(expression)) continue
      gatherer.add(
        this.#workshop.bodies.describeExpressions(expression, printedIn(environment), row),
      )
    }
  }
}

/** The defaults that almost every table has: not worth a parser's time. */
const harmlessDefault =
  /^(?:now\(\)|true|false|-?\d+(?:\.\d+)?|'[^'\\]*'::(?:character varying|text)|CURRENT_TIMESTAMP|gen_random_uuid\(\))$/

/** Whether a rule or trigger does something instead of the change of the view. */
function isReplaced({ triggers, rules }: Relation, event: TriggerEvent): boolean {
  return (
    triggers.some(({ events }) => events.includes(event)) ||
    rules.some((rule) => rule.instead && rule.event === event && !/\sWHERE\s/.test(rule.definition))
  )
}

function ancestorsOf(environment: SqlEnvironment, relation: Relation): Relation[] {
  const ancestors = new Set<Relation>()
  const add = (of: Relation): void => {
    for (const oid of of.parents) {
      const parent = environment.model.relationsByOid.get(oid)
      if (parent !== undefined && ancestors.size < ancestorsMax) ancestors.add(parent)
    }
  }
  add(relation)
  for (const ancestor of ancestors) add(ancestor)
  return [...ancestors]
}
