import { parseArgs } from 'node:util';
import { storageWarning, storedSecrets } from '../../client/stored-secrets.ts';
import { configHelp, configOption, loadClient, readPassphrase } from '../client-config.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../usage.ts';

export const passphraseCommand: Command = {
  help: `hearth passphrase                    how the secrets of this machine's orders lie on disk
hearth passphrase change --to FILE   the words in FILE instead of those in use

Session keys, API keys and the key of stored files and batches are in the state directory. A passphrase of 12 characters or
more encrypts them (scrypt, AES-256-GCM): write it to a file of mode 0600 and name that as "passphraseFile" in the
configuration, or set HEARTH_PASSPHRASE. From then on every command needs it; what lay in clear is sealed at its first use.
The wallet key file is not among them: keep it elsewhere. After a change, put the new words where the old ones were.

${configHelp}  --json              one JSON document
`,
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { ...configOption, to: { type: 'string' }, json: { type: 'boolean', default: false } },
    });
    const [verb, ...more] = positionals;
    if (more.length > 0 || (verb !== undefined && verb !== 'change') || (verb === 'change') !== !!values.to)
      throw new UsageError('passphrase: expected nothing, or change --to FILE');
    const next = values.to === undefined ? undefined : readPassphrase(values.to);
    const client = loadClient(values.config);
    client.secrets.unlock();
    if (next !== undefined) client.secrets.changePassphrase(next);
    const secrets = storedSecrets(client.stateDir);
    const warning = storageWarning(client);
    const sealed = secrets.filter(({ isSealed }) => isSealed).length;
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ isEncrypted: client.secrets.isEncrypted, secrets, warning: warning ?? null })}\n`
        : `${next === undefined ? '' : 'changed; '}${sealed} of ${secrets.length} secrets in ${client.stateDir} are sealed\n`,
    );
    if (warning !== undefined && !values.json) process.stderr.write(`warning: ${warning}\n`);
    return 0;
  },
};
