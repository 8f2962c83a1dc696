/** Names and values, as the panels list them. */
import type { ReactNode } from 'react'
import { Recorded } from '../design/recorded.tsx'

export function Pair({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

const codesMax = 50

export function Codes({ values }: { values: readonly string[] }) {
  if (values.length === 0) return <span className="soft">none</span>
  return (
    <span className="codes">
      {values.slice(0, codesMax).map((value) => (
        <code key={value}>
          <Recorded text={value} />
        </code>
      ))}
      {values.length > codesMax && (
        <span className="soft">and {values.length - codesMax} more</span>
      )}
    </span>
  )
}
