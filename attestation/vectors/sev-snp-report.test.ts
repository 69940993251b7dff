import { describe, expect, test } from '@jest/globals';
import { utf8ToText } from '../src/bytes/text.ts';
import { differences, type ManifestEntry, parseManifest } from '../src/manifest/entry.ts';
import { judgeSevSnpEntry } from '../src/manifest/judge-sev-snp.ts';
import { amdRoots, verifySnpEvidence } from '../src/sev-snp/index.ts';
import { matchTrustAnchor } from '../src/trust-anchors.ts';
import { parseCertificate } from '../src/x509/certificate.ts';
import { assertCertificateSigner, assertIssuerName, assertSignedBy } from '../src/x509/chain-rules.ts';
import { amdAuthorityProfile } from '../src/x509/profiles.ts';
import { loadManifest, readVectorFile } from './manifest.ts';

const isHere = loadManifest() !== undefined;

if (!isHere) test.skip('SEV-SNP conformance: the vectors are not here', () => {});
else describe('SEV-SNP conformance', judgeAll);

function judgeAll(): void {
  const manifest = parseManifest(utf8ToText(readVectorFile('manifest.json'), 'manifest'));
  const entries = manifest.filter(({ kind }) => kind === 'sev-snp-report');
  const cases = entries.map((entry) => [entry.id, entry] as const);

  test('the set is there, with both verdicts', () => {
    const verdicts = new Set(entries.map((entry) => entry.expect.verdict));
    expect(verdicts).toEqual(new Set(['valid', 'invalid']));
  });

  test.each(cases)('%s', (_id, entry) => {
    expect(differences(entry, judgeSevSnpEntry(entry, reader(entry)))).toEqual([]);
  });

  const valid = cases.filter(([, entry]) => entry.expect.verdict === 'valid');

  test.each(valid)('%s is refused once a bit of its signature is flipped', (_id, entry) => {
    const read = reader(entry);
    const flipped = read('report').map((byte, at) => (at === 0x2a0 ? byte ^ 1 : byte));
    const verdict = judgeSevSnpEntry(entry, (field) => (field === 'report' ? flipped : read(field)));
    expect(verdict).toMatchObject({ verdict: 'invalid', reason: 'signature' });
  });

  test.each(['milan', 'genoa', 'turin'])(
    'the pinned root of %s vouches for both of its authorities',
    (name) => {
      const [ark, ask, asvk] = ['ark', 'ask', 'asvk'].map((role) =>
        parseCertificate(readVectorFile(`trust-anchors/amd-${role}-${name}.der`), role, amdAuthorityProfile),
      );
      if (ark === undefined) throw new Error('no ARK');
      expect(matchTrustAnchor(ark, amdRoots).name.toLowerCase()).toBe(`ark-${name}`);
      assertSignedBy(ark, ark, 'ARK');
      for (const authority of [ask, asvk]) {
        if (authority === undefined) throw new Error('no authority');
        assertIssuerName(authority, ark, 'authority');
        assertSignedBy(authority, ark, 'authority');
        assertCertificateSigner(authority, 0, 'authority');
      }
    },
  );

  test('pitfall 9: without a revocation list genuine evidence is refused, unless the caller says so', () => {
    const entry = entries.find(({ id }) => id === 'snp-milan-v2-virtee');
    if (entry === undefined) throw new Error('the entry is missing');
    const read = reader(entry);
    const verdict = verifySnpEvidence({
      report: read('report'),
      certificates: { leaf: read('leaf'), issuersPem: utf8ToText(read('chain'), 'chain') },
      crl: undefined,
      atUnixSec: entry.at,
      trustAnchors: amdRoots,
    });
    expect(verdict).toMatchObject({ ok: false, reason: 'collateral', revocationChecked: false });
  });
}

function reader({ id, files }: ManifestEntry): (field: string) => Uint8Array {
  return (field) => {
    const path = files[field];
    if (path === undefined) throw new Error(`entry ${id} has no file ${field}`);
    return readVectorFile(path);
  };
}
