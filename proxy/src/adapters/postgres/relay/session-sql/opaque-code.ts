/**
 * Whether a statement runs code that may do to the session what no description tells: give names to other statements, set the
 * search_path, change definitions. Most functions of users only read and write rows; their source shows it. Pure.
 */
import type { CatalogueModel, Routine } from '../../catalogue/model.ts'
import { dynamicFunctions } from '../../facts/function-effects.ts'
import type { StatementDescription } from '../../facts/index.ts'

const routinesMax = 200
const readable = new Set(['sql', 'plpgsql'])
const statefulWords =
  /\b(execute|prepare|deallocate|declare|open|close|discard|reset|set_config|create|alter|drop|comment|grant|revoke|import|security|do|call|commit|rollback|load|\w*_to_xml\w*|dblink\w*)\b|\bset\s+(local|session|role|search_path|schema|transaction)\b/i
const callPattern = /([a-z_][\w$]*|"(?:[^"]|"")+")\s*\(/gi

/** By the model's version: descriptions are kept for long, and would keep every catalogue that there was. */
const known = new WeakMap<StatementDescription, { version: number; opaque: boolean }>()

export function isOpaque(description: StatementDescription, model: CatalogueModel): boolean {
  if (description.facts.complete) return false
  const before = known.get(description)
  if (before?.version === model.version) return before.opaque
  const opaque = runsOpaqueCode(description, model)
  known.set(description, { version: model.version, opaque })
  return opaque
}

function runsOpaqueCode(
  { facts, parseError }: StatementDescription,
  model: CatalogueModel,
): boolean {
  if (parseError !== undefined || facts.kinds.includes('do') || facts.kinds.includes('call')) {
    return true
  }
  const bare = (name: string): string => name.slice(name.lastIndexOf('.') + 1)
  if (facts.functions.some((name) => dynamicFunctions.has(bare(name)))) return true
  const names = facts.functions.map(bare)
  const seen = new Set<Routine>()
  const waiting = names.flatMap((name) => model.routinesByName.get(name) ?? [])
  // Incomplete, and not for a function of users: what it is that can't be told is not known here.
  if (waiting.length === 0) return true
  for (let routine = waiting.pop(); routine !== undefined; routine = waiting.pop()) {
    if (seen.has(routine)) continue
    seen.add(routine)
    if (seen.size > routinesMax) return true
    const { language, settings, source } = routine
    if (!readable.has(language) || settings.length > 0 || statefulWords.test(source)) return true
    for (const [, name = ''] of source.matchAll(callPattern)) {
      const called = name.startsWith('"')
        ? name.slice(1, -1).replaceAll('""', '"')
        : name.toLowerCase()
      waiting.push(...(model.routinesByName.get(called) ?? []))
    }
  }
  return false
}
