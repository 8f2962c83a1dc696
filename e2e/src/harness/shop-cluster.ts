/** The fleet that tests of faults begin with: cluster.ts, with the shop as its target and its columns tagged. */
import { startCluster, type Cluster, type ClusterOptions } from './cluster.ts'
import { fillShop, taggedColumns } from './shop.ts'

const customers = 50

export function startShopCluster(
  machines: Pick<ClusterOptions, 'proxies' | 'workers' | 'ingests'>,
): Promise<Cluster> {
  return startCluster({
    ...machines,
    columns: taggedColumns,
    prepare: async (target) => {
      await fillShop(target, customers)
    },
  })
}
