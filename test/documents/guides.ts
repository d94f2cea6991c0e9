// The pages whose blocks of several machines are run on real machines, in this order.

/** The first begins with a master and two nodes on which nothing is installed; each other one goes on where the one before ended. */
export const GUIDES: readonly string[] = ['docs/cluster.md']
