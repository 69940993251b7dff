import type { WireView } from '../host/dashboard/view.ts';
import { moment, money, number } from './format.ts';
import { useSpeech } from './language.ts';
import { Card, Table } from './parts.tsx';

type Energy = NonNullable<WireView['energy']>;

/** When the node will run if nothing else happens, and what it would ask then. */
export function Forecast({ energy: { forecast } }: { energy: Energy }) {
  const { t, language } = useSpeech();
  return (
    <Card title={t('forecast')}>
      {!forecast && <p class="quiet">{t('forecast_unknown')}</p>}
      {forecast && forecast.windows.length === 0 && <p>{t('forecast_none')}</p>}
      {forecast && forecast.windows.length > 0 && (
        <Table
          caption={t('forecast')}
          columns={[t('from'), t('to'), t('forecast_energy'), t('forecast_price')]}
          rows={forecast.windows.map(({ startMs, endMs, kwhP10, kwhP50, outputMicroUsdPerMTok }) => [
            moment(startMs, language),
            moment(endMs, language),
            `${number(kwhP50, language, 1)} kWh (${t('forecast_at_least', { kwh: number(kwhP10, language, 1) })})`,
            money(outputMicroUsdPerMTok / 1e6, 'USD', language),
          ])}
        />
      )}
      {forecast && <BatteryAhead quarters={forecast.quarters} />}
      {forecast && <p class="quiet">{t('forecast_note')}</p>}
    </Card>
  );
}

function BatteryAhead({ quarters }: { quarters: NonNullable<Energy['forecast']>['quarters'] }) {
  const { t, language } = useSpeech();
  const charges = quarters
    .flatMap(({ endMs, socPercent }) => (socPercent === undefined ? [] : [{ endMs, socPercent }]))
    .sort((a, b) => a.socPercent - b.socPercent);
  const [lowest, highest] = [charges[0], charges.at(-1)];
  if (!lowest || !highest) return null;
  return (
    <p>
      {t('forecast_battery', {
        low: number(lowest.socPercent, language),
        lowAt: moment(lowest.endMs, language),
        high: number(highest.socPercent, language),
        highAt: moment(highest.endMs, language),
      })}
    </p>
  );
}
