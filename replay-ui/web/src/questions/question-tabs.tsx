/** The ways to ask about personal data, one beside the other. */
import { Link } from '@tanstack/react-router'

const ways = [
  { to: '/', name: 'A day' },
  { to: '/touches', name: 'History' },
  { to: '/subject', name: 'A value' },
  { to: '/questions', name: 'Saved questions' },
] as const

export function QuestionTabs() {
  return (
    <nav className="question-tabs" aria-label="Ways to ask">
      {ways.map(({ to, name }) => (
        <Link key={to} to={to} activeOptions={{ exact: true, includeSearch: false }}>
          {name}
        </Link>
      ))}
    </nav>
  )
}
