/** What `hearth-agent init` fills in; everything else has a sensible default in the file. */
export type HomeTemplate = {
  readonly provider: string;
  readonly gateway: string;
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly registry: string;
  readonly settlement: string;
  readonly region: string;
  readonly modelPath: string;
  readonly modelSha256: string;
  readonly teeSeed: string;
  readonly slots: number;
  readonly multiplierPpm: number;
};

/** A complete, commented home.yaml. Strings are quoted as JSON, which is YAML. */
export function homeTemplate(values: HomeTemplate): string {
  const text = (value: string) => JSON.stringify(value);
  return `# This home on the Hearth market. Paths are relative to this file.

# Your wallet: it earns and it consents to each new enclave. Its key never comes to this machine.
provider: ${text(values.provider)}

# Replicas of the market, one to three: the node is linked to all of them, so that any one may fail. Each entry must lead
# to one process, not to a load balancer: a node has one link to each. Connections go outward only.
gateways:
  - ${text(values.gateway)}

# The settlement chain, and the market's contracts on it.
rpcUrl: ${text(values.rpcUrl)}
chain:
  chainId: ${values.chainId}
  registry: ${text(values.registry)}
  settlement: ${text(values.settlement)}

# Node key, journal and asks. Keep it: receipts that are not settled yet are in the journal.
dataDir: data
# A key with a little ether for registrations, and for settling when the gateway does not. Nothing else is in its power.
gasKeyFile: gas.key

# Where this machine stands: ISO 3166, e.g. DE or DE-BY. Shown to buyers as declared by you.
region: ${text(values.region)}

ask:
  # Your price as a multiple of the model's public price card, in millionths: 900000 asks 10 % less.
  multiplierPpm: ${values.multiplierPpm}
  # Jobs at the same time.
  slots: ${values.slots}

enclave:
  # Where host and enclave process meet (at most 107 bytes with its folder).
  socket: data/enclave.sock
  model:
    path: ${text(values.modelPath)}
    sha256: ${text(values.modelSha256)}
  # Further models, served in turn with it (docs/running-a-home.md, "Several models"):
  # otherModels:
  #   - path: models/another.gguf
  #     sha256: "64 hex digits"
  # No hardware yet: a simulated enclave proves nothing about privacy, and buyers see that (tier 0).
  tee:
    driver: simulated
    seed: ${text(values.teeSeed)}
  # Tokens per job; 0 takes what the model was trained for.
  contextTokens: 0

# Your own page, on this machine only: http://127.0.0.1:7420/
dashboard:
  port: 7420

# Money in µUSD, times in milliseconds; these are the defaults.
limits:
  # Sell no more while this much is earned or promised and not settled.
  maxUnsettledMicroUsd: 20000000
  # Settle by yourself above this,
  settleAboveMicroUsd: 5000000
  # or when the gateway has let it lie for this long,
  settleAfterMs: 900000
  # or for this long while no gateway can be reached.
  settleWhenUnlinkedAfterMs: 60000
  # Less than this is not worth its gas.
  minSettlementMicroUsd: 1
`;
}
