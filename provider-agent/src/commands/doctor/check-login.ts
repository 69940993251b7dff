import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { messageOf } from '../../agent-error.ts';
import { type DashboardConfig, needsLogin } from '../../config/dashboard-config.ts';
import { openDoor } from '../../host/dashboard/login/open-door.ts';
import { systemClock } from '../../host/ports.ts';
import { type Finding, fail, note, ok } from './finding.ts';

const DAY_MS = 86_400_000;
const RENEW_WITHIN_DAYS = 14;

/** Who can open the owner's page, and whether a browser elsewhere will. */
export async function checkLogin(
  dashboard: DashboardConfig | undefined,
  configPath: string,
): Promise<Finding[]> {
  if (!dashboard) return [];
  const { port, tls, publicUrl } = dashboard;
  if (!needsLogin(dashboard)) return [ok('page', `http://127.0.0.1:${port}/, for whoever uses this machine`)];
  const passphrase = await openDoor({ ...dashboard, tls: undefined }, systemClock).then(
    () => ok('page', `${publicUrl}, behind a passphrase`),
    (error: unknown) =>
      fail('page', messageOf(error), `set a passphrase: hearth-agent passphrase --config ${configPath}`),
  );
  return [passphrase, ...(tls && publicUrl !== undefined ? [await checkCertificate(tls, publicUrl)] : [])];
}

async function checkCertificate(
  { certificateFile, keyFile }: NonNullable<DashboardConfig['tls']>,
  publicUrl: string,
): Promise<Finding> {
  const thing = 'certificate';
  try {
    const certificate = new X509Certificate(await readFile(certificateFile));
    const { hostname } = new URL(publicUrl);
    if (!certificate.checkPrivateKey(createPrivateKey(await readFile(keyFile))))
      return fail(
        thing,
        `${keyFile} is not the key of ${certificateFile}`,
        'name the two that belong together',
      );
    const named = isIP(hostname) ? certificate.checkIP(hostname) : certificate.checkHost(hostname);
    if (named === undefined)
      return fail(
        thing,
        `${certificateFile} is for ${certificate.subjectAltName ?? certificate.subject}, not for ${hostname}`,
        'get one for the name in dashboard.publicUrl',
      );
    const { mode } = await stat(keyFile);
    if ((mode & 0o077) !== 0) return fail(thing, `${keyFile}: others may read it`, `chmod 600 ${keyFile}`);
    return describeLife(certificate, certificateFile);
  } catch (error) {
    return fail(thing, messageOf(error), 'correct dashboard.tls in home.yaml: two PEM files');
  }
}

function describeLife(certificate: X509Certificate, path: string): Finding {
  const daysLeft = Math.floor((certificate.validToDate.getTime() - systemClock.nowMs()) / DAY_MS);
  const renew = `renew it, and restart the host`;
  if (daysLeft < 0) return fail('certificate', `${path} ended on ${certificate.validTo}`, renew);
  if (daysLeft < RENEW_WITHIN_DAYS) return note('certificate', `${path} ends in ${daysLeft} days`, renew);
  return ok('certificate', `${path}, until ${certificate.validTo}`);
}
