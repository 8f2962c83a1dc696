/** Detectors of addresses of cryptocurrencies. */
export { cryptoDetectors } from './addresses.ts'
