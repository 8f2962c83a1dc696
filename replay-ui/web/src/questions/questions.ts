/** Saved questions: asked for, saved, deleted. */
import { queryOptions } from '@tanstack/react-query'
import { questionsApi } from '@gatetrail/replay-api'
import { api } from '../api/client.ts'

export const savedQuestions = queryOptions({
  queryKey: ['saved questions'],
  queryFn: ({ signal }) => api.ask(questionsApi.questions, {}, signal),
})
