/** The question's pages. */
import { createRoute } from '@tanstack/react-router'
import { answerSearch } from '../address.ts'
import { rootRoute } from '../root-route.ts'
import { AnswerPage } from './answer-page.tsx'

export const answerRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: answerSearch,
  component: AnswerPage,
})
