const overview = `hearth-agent: sells attested inference from this machine.

  hearth-agent init                       ask what only you know; write a commented home.yaml and the node's keys
  hearth-agent doctor  --config FILE      what is wrong or missing, and the fix of each
  hearth-agent run     --config FILE      run enclave and host, restart what dies, stop both on Ctrl-C
  hearth-agent market  --config FILE      why this node is earning, or why not
  hearth-agent calibrate --config FILE    measure tokens/s and joules per token, which the ask is made from
  hearth-agent preview --config FILE      how many of yesterday's jobs your ask would have won
  hearth-agent models                     what the catalogue of models has; models get NAME fetches one
  hearth-agent passphrase --config FILE   set the login of the owner's page, for one that leaves this machine
  hearth-agent replay  --config FILE      what the node would have done on the days that your sensors have recorded
  hearth-agent enrol   --data DIR         sign, with your wallet, that this enclave may earn for it
  hearth-agent host    --config FILE      only the host process
  hearth-agent enclave --config FILE      only the enclave process

  --config FILE   default ./home.yaml      --json   machine-readable output      --help   with a command: more about it      --version`;

const details: Readonly<Record<string, string>> = {
  init: `hearth-agent init [--config home.yaml] [--yes]
    [--provider 0x…] [--gateway URL] [--rpc URL] [--region DE] [--slots N] [--price-percent N] [--model FILE.gguf]
    [--chain-id N --registry 0x… --settlement 0x…]

Looks at this machine, asks in plain language what only you can know, and takes chain and contracts from the gateway.
Writes home.yaml, data/node.key and gas.key beside it. Overwrites nothing. An option answers its question beforehand.
  --yes    ask nothing; what is not given is the suggestion (--provider has none)
  --json   the same, and print the node key and gas address`,
  doctor: `hearth-agent doctor [--config home.yaml] [--json]

Looks at machine, configuration, keys, model, GPU, chain, gateway, page, every energy source (for six seconds) and the running
agent. Every line that is not good comes with its fix. Changes nothing. Exit code 1 when something stops the node from earning.`,
  run: `hearth-agent run [--config home.yaml] [--json] [--exit-with-stdin]

Runs the enclave and the host as two processes that meet at enclave.socket. A dead enclave is started again as a new
one, with new keys and a new registration. Ctrl-C lets running jobs finish (finishJobsWithinMs), a second one ends them.
  --json             one JSON object per state change on stdout: {"state":"ready",…}
  --exit-with-stdin  also stop when stdin closes, for supervisors that may be killed`,
  market: `hearth-agent market [--config home.yaml] [--hours 24] [--json]

What the market's clearings of the last hours meant for this node: won, outbid or refused and why, its place by price now,
and the price at which it would have won, computed from the public log; then what the market told the running host: ejection,
probation, slots that do not count. Needs no running host.`,
  calibrate: `hearth-agent calibrate [--config home.yaml] [--seconds 10] [--json]

Loads the model as the enclave does and works at 1, 2, 4 … jobs at a time, six mixes of prompt and answer each. Speeds come
with their 95 % interval; joules per token from the meter of energy.sources, if there is one. Writes calibration.json into
dataDir: the operating points that the policy chooses from and the ask is made from. Stop the node first. A minute or
two per line; a change of model, threads or GPU wants a new one.
  --seconds N   of each mix at each point`,
  preview: `hearth-agent preview [--config home.yaml] [--hours 24] [--price-percent N] [--json]

Of the slots that the market has sold of your model, by its public log: how many went to somebody who asked at least as
much as you would at your tariff's usual price, quality counted. Needs no running host.
  --price-percent N   at N percent of the price card instead`,
  models: `hearth-agent models [--catalogue FILE.json]
hearth-agent models digest PATH
hearth-agent models get NAME [--config home.yaml] [--catalogue FILE.json] [--json]

Fetches a model into models/ beside home.yaml and checks its SHA-256 against the catalogue. A broken download goes on where
it stopped, with the next mirror, also in the next run. A mirror may be a path. Says whether the model fits this machine.
digest: what enclave.model.sha256 has to be for a file, or for a folder that another engine than the built-in one runs.`,
  passphrase: `hearth-agent passphrase [--config home.yaml] < FILE

Reads a passphrase of at least 12 characters from stdin and keeps its scrypt hash as dashboard_passphrase in
dashboard.secretsFile (mode 0600). With dashboard.publicUrl the owner's page asks for it.`,
  replay: `hearth-agent replay [--config home.yaml] [--trace FILE] [--json]

Plays what the sensors have said (energy.traceFile) through this home's policy and says what the node would have done:
hours at work, starts, kWh and where they are from, cost, and what it would have made at most. Asks, sells and sets nothing.
  --trace FILE   a recording; default energy.traceFile`,
  host: 'hearth-agent host [--config home.yaml] [--json] [--exit-with-stdin]\n\nOnly the host process; the enclave runs elsewhere, at enclave.socket.',
  enclave:
    'hearth-agent enclave [--config home.yaml]\n\nOnly the enclave process; listens at enclave.socket.',
  enrol: `hearth-agent enrol (--config home.yaml | --data DIR) [--wallet-key-file FILE] [--days 90]
hearth-agent enrol --request enrolment-request.json --out enrolment.json [--wallet-key-file FILE]

A new enclave may earn for a wallet only with the wallet's consent (EIP-712 EnrolEnclave). Without --wallet-key-file
the private key is read from stdin, used once and kept nowhere. To keep it off this machine altogether, copy
DIR/enrolment-request.json to another one, sign there, and copy enrolment.json back to DIR.
  --show             print the typed data for eth_signTypedData_v4 (with --deadline UNIXSEC for a fixed deadline)
  --signature 0x…    write a signature made over that, with the same --deadline`,
};

export function help(command?: string): string {
  return (command && details[command]) || overview;
}
