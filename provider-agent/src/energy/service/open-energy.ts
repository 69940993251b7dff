import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../agent-error.ts';
import type { Clock, Random, Timers } from '../../host/ports.ts';
import type { Actuator } from '../actuators/actuator.ts';
import { ConcurrencyActuator } from '../actuators/concurrency.ts';
import { GpuPowerCap } from '../actuators/gpu-power-cap.ts';
import { calibratedPolicy } from '../config/calibrated-policy.ts';
import type { EnergyConfig } from '../config/energy-config.ts';
import type { MailConfig } from '../config/mail-config.ts';
import { openCarbonFeed, openPriceFeed, openSolarFeed } from '../config/open-feeds.ts';
import { openSources, type SecretOf } from '../config/open-sources.ts';
import { batteryOf, priceTermsOf, siteConfigOf } from '../config/policy-of-config.ts';
import { loadSecrets } from '../config/secrets.ts';
import { IntervalLog } from '../evidence/interval-log.ts';
import { IntervalMeter } from '../evidence/interval-meter.ts';
import { SlotCache } from '../feeds/slot-cache.ts';
import { salesPlan } from '../forecast/sales-plan.ts';
import type { NodePower } from '../node-power.ts';
import { type MailOptions, mailSink } from '../notices/mail.ts';
import { NetWatch } from '../notices/net-watch.ts';
import { type NoticeSink, ntfySink } from '../notices/ntfy.ts';
import { type EarnedMoney, PayoutWatch } from '../notices/payout-watch.ts';
import { HomeAssistantPublisher } from '../outputs/home-assistant-publisher.ts';
import { storedEnergyPerKwh } from '../policy/energy-cost.ts';
import type { PolicyConfig } from '../policy/policy-types.ts';
import { loadCalibration } from '../price/calibration-table.ts';
import { TokenEnergy } from '../price/token-energy.ts';
import { SensorBoard } from '../site/sensor-board.ts';
import { SiteObserver } from '../site/site-observer.ts';
import { nvidiaSmi } from '../sources/nvidia-smi.ts';
import { LocalTime } from '../time/local-time.ts';
import { traceFile } from '../trace/site-trace.ts';
import { AskKeeper } from './ask-keeper.ts';
import { EnergyService } from './energy-service.ts';
import { ForecastDesk } from './forecast-desk.ts';
import { shadowNode } from './shadow-node.ts';
import { ShadowRun } from './shadow-run.ts';
import { Tariff } from './tariff.ts';
import { WishesFile } from './wishes-file.ts';

export type EnergyPorts = {
  readonly node: NodePower;
  readonly dataDir: string;
  /** SHA-256 of the model's weights: whose calibration counts. */
  readonly weightsSha256: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Before the market's fee; for Home Assistant. */
  earnedTodayUsd(): number;
  earned(): EarnedMoney | undefined;
  /** Where a browser finds the owner's page, if it is known. */
  readonly ownersPage: string | undefined;
  report(text: string, particulars?: Record<string, unknown>): void;
};

/** The energy service of a home as its file describes it, not yet running. @throws AgentError for a secret that is not there */
export async function openEnergy(config: EnergyConfig, ports: EnergyPorts): Promise<EnergyService> {
  const { clock, timers, random, dataDir, report } = ports;
  const secretOf = await loadSecrets(config.secretsFile);
  const node = config.isShadow ? shadowNode(ports.node) : ports.node;
  const board = new SensorBoard();
  const local = new LocalTime(config.timeZone);
  const table = await loadCalibration(dataDir, ports.weightsSha256);
  const policy = calibratedPolicy(config, table);
  const idleW = table?.metered?.idleW ?? config.node.idleWatts;
  const observer = new SiteObserver(siteConfigOf(config), board, local);
  const cached = { clock, timers };
  const prices =
    config.tariff.feed &&
    new SlotCache(openPriceFeed(config.tariff.feed, config.tariff.importPerKwh, secretOf), cached);
  const carbon = config.carbon.feed && new SlotCache(openCarbonFeed(config.carbon.feed, secretOf), cached);
  const solarConfig = config.site.solarForecast;
  const solar = solarConfig && new SlotCache(openSolarFeed(solarConfig), cached);
  const tariff = new Tariff(config.tariff, local, board, prices, carbon);
  const wishes = await WishesFile.open(join(dataDir, 'energy-wishes.json'), config.wishes);
  const tokenEnergy = await TokenEnergy.open(dataDir, policy.points);
  const asks = config.price.followsEnergy
    ? new AskKeeper(node, priceTermsOf(config), policy.points, tokenEnergy, config.price.holdSeconds * 1_000)
    : undefined;
  const warn = (error: unknown) => report(messageOf(error));
  const log = await IntervalLog.open(join(dataDir, 'energy.ndjson'));
  const intervals = new IntervalMeter(
    {
      currency: config.tariff.currency,
      carbonSource: config.carbon.feed && {
        source: config.carbon.feed.type,
        kind: config.carbon.feed.type === 'watttime' ? 'marginal' : 'average',
      },
    },
    () => ({
      source: board.assess('nodeW', clock.nowMs()).source ?? 'unknown',
      isPartial: board.isPartial('nodeW'),
    }),
  );
  const { chargedAtPerKwh, efficiency, wearPerKwh } = config.battery;
  const terms = {
    batteryPerKwh: storedEnergyPerKwh(chargedAtPerKwh, efficiency, wearPerKwh),
    carbonPerTonne: config.carbon.perTonne,
  };
  const forecast = await ForecastDesk.open({
    ...{ policy, local, board, tariff, terms, solar },
    path: join(dataDir, 'energy-forecast.json'),
    hasPv: config.site.hasSolar,
    battery: config.site.hasBattery ? batteryOf(config.battery) : undefined,
    priceTerms: priceTermsOf(config),
    importCapsW: config.site.importCaps.map(({ watts }) => watts),
    onPlan: (planned) => {
      if (!config.offersWindows || !node.isClockSynced()) return;
      node.planSales(salesPlan(planned, policy.points, (...work) => asks?.multiplierAt(...work)));
    },
    onFailure: warn,
  });
  return new EnergyService(
    {
      policy,
      board,
      observer,
      tariff,
      wishes,
      clock,
      timers,
      report,
      publisher: publisherOf(config, policy, secretOf, ports),
      forecast,
      tokenEnergy,
      local,
      earnedTodayUsd: () => ports.earnedTodayUsd(),
      earned: () => ports.earned(),
      net: await NetWatch.open(join(dataDir, 'net-days.json'), warn),
      payouts: await PayoutWatch.open(join(dataDir, 'payouts-told.json')),
      shadow: config.isShadow
        ? await ShadowRun.open(
            join(dataDir, 'dry-run.json'),
            { policy, terms: { ...priceTermsOf(config), ...terms }, idleW },
            clock.nowMs(),
            warn,
          )
        : undefined,
      sinks: sinksOf(config, secretOf, ports.ownersPage),
      intervals,
      record: (record) => void log.append(record).catch(warn),
      recorded: () => log.settled().catch(warn),
      writeTrace: config.traceFile === undefined ? undefined : traceFile(config.traceFile, warn),
      currency: config.tariff.currency,
      usdPerUnit: config.tariff.usdPerUnit,
      isShadow: config.isShadow,
      sources: openSources(config.sources, secretOf, { clock, timers, random }, (path) =>
        readFileSync(path, 'utf8'),
      ),
      feeds: [prices, carbon, solar].filter((feed) => feed !== undefined),
    },
    {
      policy,
      terms,
      idleW,
      observer,
      local,
      tariff,
      node,
      actuators: actuatorsOf(config, node),
      asks,
      forecast,
      earlier: log.earlier,
      random,
      wishes: () => wishes.current,
    },
    asks,
  );
}

function actuatorsOf(config: EnergyConfig, node: NodePower): Actuator[] {
  const concurrency = new ConcurrencyActuator(node);
  const capsGpu = config.node.points.some(({ gpuPowerCapWatts }) => gpuPowerCapWatts !== undefined);
  return capsGpu && !config.isShadow ? [concurrency, new GpuPowerCap(nvidiaSmi)] : [concurrency];
}

function sinksOf(
  { notify: { ntfy, mail } }: EnergyConfig,
  secretOf: SecretOf,
  ownersPage: string | undefined,
): NoticeSink[] {
  const token = ntfy?.tokenSecret === undefined ? undefined : secretOf(ntfy.tokenSecret);
  return [
    ...(ntfy ? [ntfySink(ntfy.url, token, ownersPage)] : []),
    ...(mail ? [mailSink({ ...mailOptionsOf(mail, secretOf), ownersPage })] : []),
  ];
}

function mailOptionsOf(
  { user, passwordSecret, certificateFile, ...mail }: MailConfig,
  secretOf: SecretOf,
): Omit<MailOptions, 'ownersPage'> {
  const login =
    user !== undefined && passwordSecret !== undefined
      ? { user, password: secretOf(passwordSecret) }
      : undefined;
  const certificateAuthority = certificateFile && readFileSync(certificateFile, 'utf8');
  return { ...mail, login, certificateAuthority };
}

function publisherOf(
  { homeAssistantDiscovery: discovery, tariff }: EnergyConfig,
  { points }: PolicyConfig,
  secretOf: SecretOf,
  { clock, earnedTodayUsd }: EnergyPorts,
): HomeAssistantPublisher | undefined {
  if (!discovery) return undefined;
  const { passwordSecret, ...broker } = discovery;
  const password = passwordSecret === undefined ? undefined : secretOf(passwordSecret);
  const maximumW = Math.max(...points.map(({ watts }) => watts));
  return new HomeAssistantPublisher(
    { ...broker, password, maximumW, currency: tariff.currency },
    clock,
    earnedTodayUsd,
  );
}
