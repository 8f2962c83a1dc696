/** The web app starts here: the cache of answers, the routes, the first paint. */
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { me } from './api/questions.ts'
import { ApiError } from '@gatetrail/replay-api'
import './design/tokens.css'
import './design/base.css'
import './design/parts.css'
import './design/overlays.css'
import './design/answers.css'
import { router } from './router.tsx'

const retriesMax = 1

/** The sign-in ran out, or waits for its issuer: ask who we are, and the shell does what there is to do. */
const onRefused = (error: Error) => {
  const wasSignedIn = queryClient.getQueryData(me.queryKey) !== undefined
  if (wasSignedIn && error instanceof ApiError && error.status === 401)
    void queryClient.invalidateQueries({ queryKey: me.queryKey })
}

const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (query.queryKey[0] !== 'me') onRefused(error)
    },
  }),
  mutationCache: new MutationCache({ onError: onRefused }),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // Looking is on record: a page asks when its reader does, not when a window gets the focus.
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      retry: (failures, error) =>
        failures < retriesMax &&
        error instanceof ApiError &&
        (error.status === 0 || error.status === 503),
    },
  },
})

const element = document.getElementById('app')
if (element === null) throw new Error('index.html has no #app')
createRoot(element).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
