/** What a call does: PostgreSQL's own functions by our table, others by the catalogue. From index.ts. */
import type { SqlEnvironment } from '../environment.ts'
import { findFunction } from '../catalogue.ts'
import {
  dynamicFunctions,
  hidingFunctions,
  keepingFunctions,
  sampledValueFunctions,
} from '../function-effects.ts'
import { noLineage, unknownLineage, type Lineage, type OutputColumn } from '../lineage.ts'
import { anythingHidden, HiddenGatherer, joinLineages } from './hidden-facts.ts'
import type { CallFacts } from './index.ts'
import { findRoutines, partsOf } from './lookup.ts'
import { Memory } from './memory.ts'
import type { Workshop } from './workshop.ts'

const unknownCall: CallFacts = {
  ...anythingHidden,
  found: false,
  result: unknownLineage,
  outputs: [],
  outputsAgree: false,
  aggregate: false,
  hidesArguments: false,
  takesWholeRow: false,
  keepsArguments: true,
  setsConfiguration: false,
}

export class CallReader {
  readonly #workshop: Workshop
  readonly #memory: Memory<CallFacts>

  constructor(workshop: Workshop) {
    this.#workshop = workshop
    this.#memory = new Memory(workshop.bodies, unknownCall)
  }

  of(environment: SqlEnvironment, names: readonly string[], argumentCount: number): CallFacts {
    const key = `${names.join('\0')}\0${argumentCount}`
    return this.#memory.of(environment, key, () => this.#read(environment, names, argumentCount))
  }

  #read(environment: SqlEnvironment, names: readonly string[], argumentCount: number): CallFacts {
    const parts = partsOf(names)
    if (parts === undefined) return unknownCall
    const { schema, name } = parts
    const own = findFunction(schema, name, argumentCount)
    const others = findRoutines(environment, names, argumentCount)
    const gatherer = new HiddenGatherer()
    const results: Lineage[] = []
    const outputs: (readonly OutputColumn[])[] = []
    let keepsArguments = false
    if (own !== undefined) {
      gatherer.functions.add(own.name)
      if (own.effects === undefined) gatherer.addAnything()
      else gatherer.addEffects(own.effects)
      const result = ownResult(own.name)
      results.push(result)
      outputs.push(own.outputs.map((output) => ({ name: output, ...result })))
      keepsArguments = keepingFunctions.has(bareName(own.name))
    }
    for (const routine of others) {
      const facts = this.#workshop.routine(environment, routine)
      const { hidden } = facts
      gatherer.add(hidden)
      results.push(facts.result)
      outputs.push(facts.outputs)
      for (const type of [
        routine.returnType,
        ...routine.argumentTypes,
        ...routine.outputs.map(({ typeOid }) => typeOid),
      ]) {
        gatherer.add(this.#workshop.typeInUse(environment, type))
        if (environment.model.typesByOid.get(type)?.kind === 'domain') {
          gatherer.add(this.#workshop.conversionTo(environment, type))
        }
      }
      const keeps = hidden.effects.some((effect) => effect !== 'read' && effect !== 'session')
      if (keeps || !hidden.complete) keepsArguments = true
    }
    const cast =
      own === undefined && others.length === 0 && argumentCount === 1
        ? this.#workshop.castNamed(environment, names)
        : undefined
    if (cast !== undefined) {
      gatherer.add(cast)
      results.push(noLineage)
    }
    const found = own !== undefined || others.length > 0 || cast !== undefined
    // In another schema there may be one by now, with arguments that fit better.
    const certain = found && !(environment.uncertain && schema !== 'pg_catalog')
    if (!certain) gatherer.addAnything()
    if (!found) gatherer.functions.add(`${schema ?? 'public'}.${name}`)
    const columns = agreed(outputs)
    return {
      ...gatherer.facts(),
      found,
      result: certain && columns !== undefined ? joinLineages(results) : unknownLineage,
      outputs: columns ?? outputs.find((some) => some.length > 0) ?? [],
      outputsAgree: certain && columns !== undefined,
      aggregate: own?.aggregate === true || others.some(({ kind }) => kind === 'aggregate'),
      hidesArguments: certain && others.length === 0 && hidingFunctions.has(bareName(own?.name ?? '')),
      takesWholeRow: own?.takesWholeRow === true || others.some(({ argumentsMax }) => argumentsMax > 0),
      keepsArguments: keepsArguments || !found,
      setsConfiguration: own?.name === 'pg_catalog.set_config',
    }
  } // prettier-ignore
}

function bareName(name: string): string {
  return name.startsWith('pg_catalog.') ? name.slice('pg_catalog.'.length) : ''
}

function ownResult(name: string): Lineage {
  const bare = bareName(name)
  return sampledValueFunctions.has(bare) || dynamicFunctions.has(bare) ? unknownLineage : noLineage
}

/** The columns of all that may be meant, if they have the same names; undefined: they differ. */
function agreed(all: readonly (readonly OutputColumn[])[]): readonly OutputColumn[] | undefined {
  const [first, ...others] = all
  if (first === undefined) return []
  const same = others.every(
    (other) =>
      other.length === first.length &&
      other.every(({ name }, index) => name === first[index]?.name),
  )
  if (!same) return undefined
  return first.map((column, index) => ({
    name: column.name,
    ...joinLineages(all.map((one) => one[index] ?? unknownLineage)),
  }))
}
