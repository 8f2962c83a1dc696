/** The head of a column that can be sorted by; the order stands in the address as `sort`. */
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

type SortableHeadProps = {
  name: string
  /** As in the address. Undefined: this table can't be sorted, as it is one page of several. */
  sort: string | undefined
  children: ReactNode
  className?: string | undefined
}

/** From the largest first: of counts that is what is looked for. */
export function SortableHead({ name, sort, children, className }: SortableHeadProps) {
  if (sort === undefined) {
    return (
      <th scope="col" className={className}>
        {children}
      </th>
    )
  }
  const order = sort === `-${name}` ? 'descending' : sort === name ? 'ascending' : undefined
  return (
    <th scope="col" className={className} aria-sort={order}>
      <Link
        className="sort"
        to="."
        search={(old) => ({ ...old, sort: order === 'descending' ? name : `-${name}` })}
        resetScroll={false}
        replace
      >
        {children}
        <span aria-hidden="true" className="sort-sign">
          {order === undefined ? '' : order === 'descending' ? '↓' : '↑'}
        </span>
      </Link>
    </th>
  )
}
