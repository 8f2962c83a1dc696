/** Builds the web app into dist/app: what the replay server serves. Types are checked by `tsc -b`, into dist/types. */
import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

export default defineConfig({
  plugins: [react()],
  // Other workspaces from their sources: a build of the app needs no build of theirs.
  resolve: { conditions: ['gatetrail-source', ...defaultClientConditions] },
  build: {
    outDir: 'dist/app',
    emptyOutDir: true,
    target: 'es2023',
    // The content security policy allows no data: scripts or fonts; everything is a file with a hashed name.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: {
      treeshake: {
        // Pure parts: what nobody imports from them leaves nothing behind.
        moduleSideEffects: (id) => !/[\\/](schemas|protocols|api)[\\/]src[\\/]/.test(id),
      },
    },
  },
  // For work on the app: `gatetrail up` beside it answers the API.
  server: { proxy: { '/api': 'http://127.0.0.1:8090' } },
})
