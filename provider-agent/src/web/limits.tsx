import type { WireView } from '../host/dashboard/view.ts';
import { watts } from './format.ts';
import { useSpeech } from './language.ts';
import { Card, Table } from './parts.tsx';

export function Limits({ view: { energy } }: { view: WireView }) {
  const { t, words, language } = useSpeech();
  if (!energy) return null;
  const { allowed, point, headrooms } = energy;
  const nodeW = energy.signals.nodeW?.value ?? point?.watts ?? 0;
  return (
    <Card title={t('limits')}>
      <p>
        {t('allowed', { watts: watts(allowed.watts, language) })} (
        {words('energyReason', allowed.code, { subject: allowed.subject ?? '' })}).{' '}
        {t('draws', { watts: watts(nodeW, language) })}
      </p>
      <meter min={0} max={Math.max(allowed.watts, nodeW, 1)} value={nodeW} aria-label={t('limits')} />
      {headrooms.length > 0 && (
        <Table
          caption={t('limits')}
          columns={[t('circuit'), t('limit'), t('headroom')]}
          rows={headrooms.map(({ id, limitW, headroomW }) => [
            id,
            watts(limitW, language),
            headroomW === undefined ? t('unknown') : watts(headroomW, language),
          ])}
        />
      )}
      <p class="quiet">{t('limit_note')}</p>
    </Card>
  );
}
