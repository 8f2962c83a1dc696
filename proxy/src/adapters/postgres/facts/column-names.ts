/** The name that PostgreSQL gives a result column which has no alias: FigureColname of its parse_target.c. Pure. */
import { listOf, namesOf, textOf, typed, childOf, type Node } from './node.ts'

/** 0: none; 1: of a type or CASE, gives way to a better one; 2: good. */
type Guess = { readonly name: string; readonly strength: 0 | 1 | 2 }

const none: Guess = { name: '?column?', strength: 0 }
const good = (name: string): Guess => ({ name, strength: 2 })

/** `subqueryNames`: the names of the first columns of subqueries that were walked, by their node. */
export function columnName(value: unknown, subqueryNames: WeakMap<object, string>): string {
  return guess(value, subqueryNames).name
}

const fixedNames: Readonly<Record<string, string>> = {
  GroupingFunc: 'grouping',
  MergeSupportFunc: 'merge_action',
  A_ArrayExpr: 'array',
  RowExpr: 'row',
  CoalesceExpr: 'coalesce',
  XmlSerialize: 'xmlserialize',
  JsonParseExpr: 'json',
  JsonScalarExpr: 'json_scalar',
  JsonSerializeExpr: 'json_serialize',
  JsonObjectConstructor: 'json_object',
  JsonArrayConstructor: 'json_array',
  JsonArrayQueryConstructor: 'json_array',
  JsonObjectAgg: 'json_objectagg',
  JsonArrayAgg: 'json_arrayagg',
}

const namesByOperation: Readonly<Record<string, string>> = {
  IS_GREATEST: 'greatest',
  IS_LEAST: 'least',
  IS_XMLCONCAT: 'xmlconcat',
  IS_XMLELEMENT: 'xmlelement',
  IS_XMLFOREST: 'xmlforest',
  IS_XMLPARSE: 'xmlparse',
  IS_XMLPI: 'xmlpi',
  IS_XMLROOT: 'xmlroot',
  IS_XMLSERIALIZE: 'xmlserialize',
  JSON_EXISTS_OP: 'json_exists',
  JSON_QUERY_OP: 'json_query',
  JSON_VALUE_OP: 'json_value',
}

function guess(value: unknown, subqueryNames: WeakMap<object, string>): Guess {
  const found = typed(value)
  if (found === undefined) return none
  const { type, node } = found
  const fixed = fixedNames[type]
  if (fixed !== undefined) return good(fixed)
  switch (type) {
    case 'ColumnRef':
      return named(listOf(node, 'fields'), none)
    case 'A_Indirection':
      return named(listOf(node, 'indirection'), undefined) ?? guess(node['arg'], subqueryNames)
    case 'FuncCall':
      return named(listOf(node, 'funcname'), none)
    case 'A_Expr':
      return textOf(node, 'kind') === 'AEXPR_NULLIF' ? good('nullif') : none
    case 'TypeCast':
      return better(guess(node['arg'], subqueryNames), typeName(node))
    case 'CaseExpr':
      return better(guess(node['defresult'], subqueryNames), 'case')
    case 'CollateClause':
      return guess(node['arg'], subqueryNames)
    case 'SubLink':
      return guessOfSubquery(node, subqueryNames)
    case 'SQLValueFunction':
      return good(
        textOf(node, 'op')
          .replace(/^SVFOP_/, '')
          .replace(/_N$/, '')
          .toLowerCase(),
      )
    case 'MinMaxExpr':
    case 'XmlExpr':
    case 'JsonFuncExpr': {
      const name = namesByOperation[textOf(node, 'op')]
      return name === undefined ? none : good(name)
    }
    default:
      return none
  }
}

/** The last name of a list. */
function named(values: readonly unknown[], otherwise: Guess): Guess
function named(values: readonly unknown[], otherwise: undefined): Guess | undefined
function named(values: readonly unknown[], otherwise: Guess | undefined): Guess | undefined {
  const name = namesOf(values).at(-1)
  return name === undefined ? otherwise : good(name)
}

function better(inner: Guess, name: string): Guess {
  return inner.strength > 1 || name === '' ? inner : { name, strength: 1 }
}

function typeName(cast: Node): string {
  return namesOf(listOf(childOf(cast, 'typeName') ?? {}, 'names')).at(-1) ?? ''
}

function guessOfSubquery(node: Node, subqueryNames: WeakMap<object, string>): Guess {
  switch (textOf(node, 'subLinkType')) {
    case 'EXISTS_SUBLINK':
      return good('exists')
    case 'ARRAY_SUBLINK':
      return good('array')
    case 'EXPR_SUBLINK': {
      const subselect = node['subselect']
      const name =
        typeof subselect === 'object' && subselect !== null
          ? subqueryNames.get(subselect)
          : undefined
      return name === undefined ? none : good(name)
    }
    default:
      return none
  }
}
