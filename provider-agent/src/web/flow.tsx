import type { WireView } from '../host/dashboard/view.ts';
import { number, wattHours, watts } from './format.ts';
import { useSpeech } from './language.ts';
import { Card } from './parts.tsx';

type Share = { readonly name: string; readonly colour: string; readonly watts: number };

const flows = ['gridW', 'pvW', 'batteryW', 'loadW'] as const;

/** Where power comes from and where it goes, as two bars of the same length and in words. */
export function Flow({ view: { energy } }: { view: WireView }) {
  const { t, language } = useSpeech();
  if (!energy) {
    return (
      <Card title={t('flow')}>
        <p>{t('no_energy')}</p>
      </Card>
    );
  }
  const of = (signal: 'gridW' | 'pvW' | 'batteryW' | 'loadW' | 'nodeW') => energy.signals[signal]?.value;
  const [gridW, pvW, batteryW] = [of('gridW') ?? 0, of('pvW') ?? 0, of('batteryW') ?? 0];
  const nodeW = of('nodeW') ?? energy.point?.watts ?? 0;
  const loadW = of('loadW') ?? Math.max(0, gridW + pvW + batteryW);
  const from: Share[] = [
    { name: t('solar'), colour: 'solar', watts: pvW },
    { name: t('battery'), colour: 'battery', watts: Math.max(0, batteryW) },
    { name: t('grid'), colour: 'grid-power', watts: Math.max(0, gridW) },
  ];
  const to: Share[] = [
    { name: t('node'), colour: 'node', watts: nodeW },
    { name: t('house'), colour: 'house', watts: Math.max(0, loadW - nodeW) },
    { name: t('charging'), colour: 'battery', watts: Math.max(0, -batteryW) },
    { name: t('exporting'), colour: 'grid-power', watts: Math.max(0, -gridW) },
  ];
  const { nodeWh, solarWh } = energy.today;
  const isIncomplete = flows.some((flow) => {
    const sensor = energy.signals[flow];
    return sensor !== undefined && sensor.quality !== 'good';
  });
  return (
    <Card title={t('flow')}>
      <FlowBar title={t('flow_from')} shares={from} />
      <FlowBar title={t('flow_to')} shares={to} />
      {isIncomplete && <p class="quiet">{t('flow_incomplete')}</p>}
      <p class="quiet">
        {t('today_energy', {
          energy: wattHours(nodeWh, language),
          solar: number(nodeWh > 0 ? (solarWh / nodeWh) * 100 : 0, language),
        })}
        {energy.signals.socPercent?.value !== undefined &&
          ` · ${t('battery')} ${number(energy.signals.socPercent.value, language)} %`}
      </p>
    </Card>
  );

  function FlowBar({ title, shares }: { title: string; shares: readonly Share[] }) {
    const total = shares.reduce((sum, share) => sum + share.watts, 0);
    let x = 0;
    return (
      <>
        <h3>{title}</h3>
        <svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
          <rect class="empty" width="100" height="4" />
          {shares.map((share) => {
            const width = total > 0 ? (share.watts / total) * 100 : 0;
            const rect = <rect key={share.name} class={share.colour} x={x} width={width} height="4" />;
            x += width;
            return rect;
          })}
        </svg>
        <ul class="legend">
          {shares
            .filter((share) => share.watts > 0)
            .map((share) => (
              <li key={share.name}>
                <span class={`dot ${share.colour}`} aria-hidden="true" />
                {share.name} {watts(share.watts, language)}
              </li>
            ))}
        </ul>
      </>
    );
  }
}
