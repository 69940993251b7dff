import type { WireView } from '../host/dashboard/view.ts';
import { moment, number, shortHash } from './format.ts';
import { useSpeech } from './language.ts';
import { Card, Table } from './parts.tsx';

export function Sessions({ view }: { view: WireView }) {
  const { t, language } = useSpeech();
  const used = Object.keys(view.state.running).length;
  return (
    <Card title={t('sessions')}>
      <p>{t('slots_used', { used, total: view.node.slots })}</p>
      {view.sessions.length === 0 ? (
        <p class="quiet">{t('no_sessions')}</p>
      ) : (
        <Table
          caption={t('sessions')}
          columns={[t('lease'), t('job'), t('price'), t('ends')]}
          rows={view.sessions.map(({ leaseId, multiplierPpm, expiresAtMs, job }) => [
            <code key="lease">{shortHash(leaseId)}</code>,
            job ? t('running_since', { time: moment(job.sinceMs, language) }) : t('idle'),
            t('price_of_card', { percent: number(multiplierPpm / 10_000, language, 2) }),
            moment(expiresAtMs, language),
          ])}
        />
      )}
    </Card>
  );
}
