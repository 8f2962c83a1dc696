/** The web app starts here: the cache of answers, the routes, the first paint. */
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
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

const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      // The sign-in ran out: ask who we are, and the shell shows the sign-in page.
      const signedOut = error instanceof ApiError && error.status === 401
      if (signedOut && query.queryKey[0] !== 'me') {
        void queryClient.invalidateQueries({ queryKey: me.queryKey })
      }
    },
  }),
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
