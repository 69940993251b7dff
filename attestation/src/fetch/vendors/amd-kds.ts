import type { RequestOf } from '../request.ts';
import type { Endpoints } from './endpoints.ts';
import { derTypes, getFrom, maxBodyBytes, type Protocol } from './protocol.ts';

type AmdRequest = RequestOf<'amd-vcek' | 'amd-cert-chain' | 'amd-crl'>;

/** AMD Key Distribution Service (AMD 57230, chapter 4). A VLEK itself comes from the cloud, never from here. */
export function amdProtocol(request: AmdRequest, { amdKds }: Endpoints): Protocol {
  switch (request.kind) {
    case 'amd-vcek':
      return getFrom(amdKds, vcekPath(request), maxBodyBytes.certificate, derTypes);
    case 'amd-cert-chain': {
      const path = `/${request.endorsement}/v1/${request.product}/cert_chain`;
      return getFrom(amdKds, path, maxBodyBytes.chain, derTypes);
    }
    case 'amd-crl': {
      const path = `/${request.endorsement}/v1/${request.product}/crl`;
      return getFrom(amdKds, path, maxBodyBytes.crl, derTypes);
    }
  }
}

/** Levels in decimal, at least two digits; Turin puts its firmware controller's first. */
function vcekPath({ product, hwid, spls }: RequestOf<'amd-vcek'>): string {
  const levels: [string, number][] = [
    ...('fmc' in spls ? [['fmcSPL', spls.fmc] as [string, number]] : []),
    ['blSPL', spls.bl],
    ['teeSPL', spls.tee],
    ['snpSPL', spls.snp],
    ['ucodeSPL', spls.ucode],
  ];
  const query = levels.map(([name, level]) => `${name}=${String(level).padStart(2, '0')}`).join('&');
  return `/vcek/v1/${product}/${hwid.slice(2)}?${query}`;
}
