/** In the place of a figure that is on its way. */
export function Counting() {
  return (
    <span className="soft" role="img" aria-label="being counted">
      …
    </span>
  )
}
