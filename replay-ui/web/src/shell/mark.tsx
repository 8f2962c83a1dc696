/** Our sign: a gate, and the trail through it. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#0f4c5c" />
      <path
        d="M8 25V12a8 8 0 0 1 16 0v13"
        fill="none"
        stroke="#fff"
        strokeWidth="3"
        strokeLinecap="round"
      />
      <path
        d="M4 20h24"
        stroke="#ffb454"
        strokeWidth="3"
        strokeLinecap="round"
        strokeDasharray="0.1 6"
      />
    </svg>
  )
}
