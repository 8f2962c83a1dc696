/** gatetrail: the command. Other workspaces use only how it reads its configuration. */
export { loadConfiguration, type LoadedConfiguration } from './configuration/load.ts'
