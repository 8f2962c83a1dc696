/**
 * The SQL state of a session, as far as texts depend on it: what unqualified names mean, which relations are its own. Gives
 * the environment in which the next text is described. Told by the relay what was sent and what was answered; a statement
 * that fails changes nothing. From session-state.ts.
 */
import { parseSearchPath } from '../../catalogue/search-path.ts'
import type { CatalogueModel } from '../../catalogue/model.ts'
import {
  createEnvironment,
  type SqlEnvironment,
  type StatementDescription,
  type StatementPart,
} from '../../facts/index.ts'
import { sharedEnvironment, systemModelOf } from './environments.ts'
import { NamingState } from './naming.ts'
import {
  changesTemporary,
  definesOtherwise,
  namingSettings,
  settingsRelation,
} from './definitions.ts'
import { isOpaque } from './opaque-code.ts'
import { SessionRelations } from './session-relations.ts'

export type Ended =
  { kind: 'transaction'; committed: boolean } | { kind: 'savepoint'; order: number | undefined }

const temporarySchema = 'pg_temp.'

export class SessionSql {
  readonly #model: () => CatalogueModel
  readonly #tagged: () => boolean
  readonly #user: string | undefined
  readonly #naming: NamingState
  readonly #relations = new SessionRelations()
  #environment: SqlEnvironment | undefined
  #environmentModel: CatalogueModel | undefined
  /** The path as the target reports it: from PostgreSQL 18 on, before each ReadyForQuery if it has changed. */
  #reported: readonly string[] | undefined
  /** What was sent runs code that nobody could describe, if it runs. */
  #mayRun = false
  /** Data of columns may be in settings, and could come out of them. */
  #settingsHoldData = false
  /** An error came since the transaction began. */
  #failed = false
  /** Definitions were changed in a transaction that the catalogue can't see into. */
  #uncertain = false
  /** Code ran since the catalogue was read: it may have made temporary relations, or put anything into those of the session. */
  #temporaryDoubted = false
  /** It defined triggers, functions, types in its temporary schema, of which the catalogue tells nothing. */
  #temporaryBehaves = false
  /** Counts statements that ran code which could give names of statements and cursors to others. */
  codeRuns = 0

  /** `searchPath`: as the client set it at start-up; `user`: who the session is at the target, if not the catalogue's account. */
  constructor(
    model: () => CatalogueModel,
    tagged: () => boolean,
    searchPath: string | undefined,
    user: string | undefined,
  ) {
    this.#model = model
    this.#tagged = tagged
    this.#user = user
    this.#naming = new NamingState({
      searchPath: searchPath === undefined ? 'default' : parseSearchPath(searchPath),
      role: 'default',
    })
  }

  /** Code may have made temporary relations, or filled them. */
  get temporaryDoubted(): boolean {
    return this.#temporaryDoubted
  }

  /** In which the next text is described. The same object as long as nothing changes. */
  get environment(): SqlEnvironment {
    const model = this.#model()
    if (this.#environment === undefined || this.#environmentModel !== model) {
      this.#environmentModel = model
      this.#environment = this.#make(model, this.#searchPath(model), this.#uncertain)
    }
    return this.#environment
  }

  /** A transaction that ends now changes what names mean, or relations. */
  get unsettled(): boolean {
    return this.#naming.unsettled
  }

  /** An error came since the transaction began. */
  get hasFailed(): boolean {
    return this.#failed
  }

  /** It can't be told what names mean, and the target does not say it by itself: it must be asked. */
  get mustAsk(): boolean {
    const { searchPath, role } = this.#naming.now
    return (searchPath === 'unknown' && this.#reported === undefined) || role === 'unknown'
  }

  /** The target was asked: its search_path and current_user. Undefined: it did not say. */
  answered(searchPath: string | undefined, user: string | undefined): void {
    if (searchPath === undefined || user === undefined) return
    this.#naming.change({ searchPath: parseSearchPath(searchPath), role: { name: user } }, false)
    this.#changed()
  }

  /** Of a savepoint and what is made after it. */
  get order(): number {
    return this.#naming.order
  }

  /** For a portal that was bound under another path: its relations are known to no one now. */
  withoutPath(environment: SqlEnvironment): SqlEnvironment {
    if (environment.searchPath === undefined) return environment
    const model = this.#model()
    return this.#make(model, undefined, this.#uncertain)
  }

  /** Within one text, after statements that change what the later ones mean. */
  within(description: StatementDescription): SqlEnvironment {
    const relations = new SessionRelations()
    for (const created of description.reach.creates) relations.add(created)
    const { temporary } = this.environment
    const model = this.#model()
    const runsCode = this.#runsCode(description)
    const uncertain = this.#uncertain || runsCode || definesOtherwise(description)
    return createEnvironment({
      model: uncertain ? systemModelOf(model) : model,
      searchPath: description.parts.some((part) => this.#renames(part))
        ? undefined
        : this.environment.searchPath,
      temporary: new Map([...temporary, ...relations.all]),
      uncertain: uncertain || this.environment.uncertain,
      settingsHoldData: this.#settingsHoldData || runsCode,
    })
  }

  /** Whether later statements of the same text may mean something else after this one. */
  changesMeaning(description: StatementDescription): boolean {
    return (
      description.reach.creates.length > 0 ||
      definesOtherwise(description) ||
      this.#runsCode(description) ||
      description.parts.some((part) => this.#renames(part))
    )
  }

  /**
   * The statement is on its way: what it may make counts from now on. `runs`: of an Execute what it is was analysed before; a
   * Query that names what is not there runs nothing. `namesTemporary`: its text does, or may.
   */
  sent(
    description: StatementDescription,
    runs: 'at once' | 'if it can be analysed',
    namesTemporary: boolean,
  ): void {
    this.#noteTemporary(description, namesTemporary)
    const { reach } = description
    if (definesOtherwise(description)) this.#hideDefinitions()
    if (isOpaque(description, this.#model())) {
      if (runs === 'at once') this.#ranCode()
      else this.#mayRun = true
    }
    for (const created of reach.creates) if (this.#relations.add(created)) this.#changed()
    for (const { relation, column, lineage } of reach.stores) {
      if (relation === settingsRelation) this.#doubtSettings()
      if (!relation.startsWith(temporarySchema)) continue
      const name = relation.slice(temporarySchema.length)
      if (this.#relations.store(name, column, lineage.tags)) this.#changed()
    }
  }

  #noteTemporary(description: StatementDescription, namesTemporary: boolean): void {
    const [first] = this.environment.searchPath ?? []
    const changes = changesTemporary(description, namesTemporary || first?.startsWith('pg_temp') === true) // prettier-ignore
    if (changes === 'nothing') return
    this.#temporaryDoubted = true
    if (changes !== 'behaviour' || this.#temporaryBehaves) return
    this.#temporaryBehaves = true
    this.#changed()
  }

  /** Code ran that nobody could describe: it may have named, set and defined anything. */
  #ranCode(): void {
    this.#mayRun = false
    this.codeRuns++
    // With nothing tagged, what it did hides nothing from anybody.
    if (!this.#tagged()) return
    this.#temporaryDoubted = true
    this.#hideDefinitions()
    this.#doubtSettings()
  }

  #hideDefinitions(): void {
    if (this.#uncertain) return
    this.#uncertain = true
    this.#changed()
  }

  #doubtSettings(): void {
    if (this.#settingsHoldData || !this.#tagged()) return
    this.#settingsHoldData = true
    this.#changed()
  }

  /**
   * CommandComplete of one statement of a text. `tag`: what the target says it did. Returns what ended with it: a
   * transaction, or all that was made since a savepoint of this order (undefined: since when can't be told).
   */
  completed(
    description: StatementDescription,
    part: StatementPart | undefined,
    tag: string,
  ): Ended | undefined {
    if (part?.settings !== undefined) {
      for (const { name, value, local } of part.settings) {
        this.#set(name, value, local, description.facts.complete)
      }
    }
    if (isOpaque(description, this.#model())) {
      if (this.#mayRun) this.#ranCode()
      this.#naming.doubt()
      this.#changed()
    }
    const ended = part?.transaction === undefined ? undefined : this.#transaction(part, tag)
    if (tag === 'DISCARD ALL') {
      this.#naming.reset('searchPath', false)
      this.#naming.reset('role', false)
    }
    if (tag === 'DISCARD ALL' || tag === 'DISCARD TEMP') {
      this.#relations.clear()
      this.#temporaryBehaves = false
    }
    if (tag.startsWith('DISCARD')) this.#changed()
    return ended
  }

  /** `early`: in its own text, before anything of it ran. */
  failed(early: boolean): void {
    this.#failed = true
    if (!this.#mayRun) return
    if (early) this.#mayRun = false
    else {
      this.#ranCode()
      this.#naming.doubt()
      this.#changed()
    }
  }

  /** ReadyForQuery. `idle`: no transaction is open. */
  ready(idle: boolean): void {
    if (idle) {
      // The order: what the transaction leaves, then what the target says that it is.
      if (this.#naming.unsettled) this.#changed()
      this.#naming.settle(!this.#failed)
      this.#failed = false
      if (this.#uncertain) {
        this.#uncertain = false
        this.#changed()
      }
    }
    if (this.#reported === undefined) return
    this.#report(this.#reported)
    if (idle) this.#naming.settle(true)
  }

  /** The target says its search_path. */
  searchPathReported(text: string): void {
    this.#reported = parseSearchPath(text)
    this.#report(this.#reported)
  }

  /** The catalogue was read after all that this session has committed. `temporary`: relations of all sessions, without schema. */
  catalogueRead(temporary: Iterable<string>): void {
    this.#relations.forgetFresh()
    if (this.#temporaryDoubted) {
      this.#temporaryDoubted = false
      for (const name of temporary) this.#relations.doubt(name)
    }
    this.#changed()
  }

  /** It could not be read: until this statement is answered, definitions are not known. */
  catalogueMissed(): void {
    this.#uncertain = true
    this.#changed()
  }

  #report(searchPath: readonly string[]): void {
    const { now } = this.#naming
    if (Array.isArray(now.searchPath) && sameNames(now.searchPath, searchPath)) return
    this.#naming.reported(searchPath)
    this.#changed()
  }

  #set(name: string, value: string | undefined, local: boolean, complete: boolean): void {
    switch (name) {
      case 'search_path':
        if (value !== undefined) this.#naming.change({ searchPath: parseSearchPath(value) }, local)
        else if (complete) this.#naming.reset('searchPath', local)
        else this.#naming.change({ searchPath: 'unknown' }, local)
        break
      case 'all':
        this.#naming.reset('all', local)
        break
      case 'role':
      case 'session_authorization':
        if (value === undefined || value === 'none') this.#naming.reset('role', local)
        else this.#naming.change({ role: { name: value } }, local)
        break
      default:
        return
    }
    this.#changed()
  }

  #transaction(part: StatementPart, tag: string): Ended | undefined {
    const savepoint = part.savepoint ?? ''
    switch (part.transaction) {
      case 'commit':
      case 'rollback':
      case 'prepare_transaction':
        // COMMIT of a failed transaction is answered with ROLLBACK.
        if (this.#naming.unsettled) this.#changed()
        this.#naming.settle(tag !== 'ROLLBACK')
        this.#failed = false
        return { kind: 'transaction', committed: tag === 'COMMIT' }
      case 'savepoint':
        this.#naming.savepoint(savepoint)
        return undefined
      case 'release':
        this.#naming.release(savepoint)
        return undefined
      case 'rollback_to':
        this.#changed()
        return { kind: 'savepoint', order: this.#naming.rollbackTo(savepoint) }
      default:
        return undefined
    }
  }

  /** Code that may hide from later statements of its text what they mean, where that matters. */
  #runsCode(description: StatementDescription): boolean {
    return this.#tagged() && isOpaque(description, this.#model())
  }

  #renames({ settings, transaction, kind }: StatementPart): boolean {
    return (
      settings?.some(({ name }) => namingSettings.has(name)) === true ||
      kind === 'discard' ||
      (transaction !== undefined && this.#naming.unsettled)
    )
  }

  #changed(): void {
    this.#environment = undefined
  }

  #searchPath(model: CatalogueModel): readonly string[] | undefined {
    if (this.#relations.overflowed) return undefined
    const { searchPath, role } = this.#naming.now
    if (searchPath === 'unknown') return undefined
    const schemas = searchPath === 'default' ? model.defaultSearchPath : searchPath
    if (!schemas.includes('$user')) return schemas
    if (role === 'unknown') return undefined
    const user = role === 'default' ? (this.#user ?? model.user) : role.name
    return schemas.map((schema) => (schema === '$user' ? user : schema))
  }

  #make(
    model: CatalogueModel,
    searchPath: readonly string[] | undefined,
    uncertain: boolean,
  ): SqlEnvironment {
    const { empty, all, overflowed } = this.#relations
    const settingsHoldData = this.#settingsHoldData
    const behaves = this.#temporaryBehaves
    if (empty && !uncertain && !overflowed && !settingsHoldData && !behaves) {
      return sharedEnvironment(model, searchPath)
    }
    const hidden = uncertain || overflowed
    return createEnvironment({
      model: hidden ? systemModelOf(model) : model,
      searchPath,
      temporary: all,
      uncertain: hidden || behaves || model.uncertain,
      settingsHoldData,
    })
  }
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, index) => name === right[index])
}
