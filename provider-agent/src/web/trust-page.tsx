import type { WireView } from '../host/dashboard/view.ts';
import { moment, number } from './format.ts';
import { useSpeech } from './language.ts';
import { Card, Facts } from './parts.tsx';

const WEI_PER_ETHER = 1e18;

/** What buyers see of this node before they seal anything to it, and what it needs to stay registered. */
export function TrustPage({ view }: { view: WireView }) {
  const { t, words, language } = useSpeech();
  const { state, node, chain } = view;
  const { enclave, links } = state;
  const hash = (text: string | undefined) => (text ? <code>{text}</code> : t('unknown'));
  const gas = chain.gasBalanceWei;
  return (
    <>
      <h1>{t('nav_trust')}</h1>
      <Card title={t('attestation')}>
        <Facts
          facts={[
            [t('state'), words('headline', view.headline.code)],
            [t('tier'), enclave.tier === undefined ? t('unknown') : t(tierName(enclave.tier))],
            [t('model'), enclave.model ?? t('unknown')],
            [t('measurement'), hash(enclave.measurementHash)],
            [t('enclave_key'), hash(enclave.enclaveKey)],
            [
              t('registered_until'),
              chain.registeredUntilMs === null
                ? t('not_registered')
                : moment(chain.registeredUntilMs, language),
            ],
            [
              t('gas'),
              gas === null
                ? t('unknown')
                : gas === '0'
                  ? t('gas_empty', { address: chain.gasAddress })
                  : t('gas_balance', {
                      ether: number(Number(gas) / WEI_PER_ETHER, language, 6),
                      address: chain.gasAddress,
                    }),
            ],
            [t('chain_read'), chain.readAtMs === null ? t('unknown') : moment(chain.readAtMs, language)],
          ]}
        />
        {chain.problem !== null && <p class="problem">{t('chain_problem', { message: chain.problem })}</p>}
      </Card>
      <Card title={t('node')}>
        <Facts
          facts={[
            [t('wallet'), hash(node.provider)],
            [t('node_key'), hash(node.nodeKey)],
            [t('region'), node.region],
            ...Object.entries(links).map(
              ([url, { phase, sinceMs, clockOffsetMs }]) =>
                [
                  `${t('gateway')} ${url}`,
                  <>
                    {words('link', phase)}, {t('since', { time: moment(sinceMs, language) })}
                    {clockOffsetMs !== undefined && (
                      <>; {t('clock_offset', { ms: number(clockOffsetMs, language) })}</>
                    )}
                  </>,
                ] as const,
            ),
            [t('undelivered'), number(view.undeliveredReceipts, language)],
          ]}
        />
        <p class="quiet">{t('trust_note')}</p>
      </Card>
    </>
  );
}

const tierName = (tier: number) => (tier === 2 ? 'tier_2' : tier === 1 ? 'tier_1' : 'tier_0');
