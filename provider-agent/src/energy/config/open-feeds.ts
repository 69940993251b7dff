import { awattar } from '../feeds/awattar.ts';
import { electricityMaps } from '../feeds/electricity-maps.ts';
import { energyCharts } from '../feeds/energy-charts.ts';
import { entsoE } from '../feeds/entso-e.ts';
import { forecastSolar } from '../feeds/forecast-solar.ts';
import { type FeedFormat, httpFeed } from '../feeds/http-feed.ts';
import { nordPool } from '../feeds/nord-pool.ts';
import { octopus } from '../feeds/octopus.ts';
import { openMeteo } from '../feeds/open-meteo.ts';
import { plausibleCarbon, plausiblePrices, plausibleSun } from '../feeds/plausible-slots.ts';
import type { CarbonSlot, PriceSlot, SlotFeed, SolarSlot } from '../feeds/price-slot.ts';
import { tibber } from '../feeds/tibber.ts';
import { ukCarbon } from '../feeds/uk-carbon.ts';
import { wattTime } from '../feeds/watttime.ts';
import type { CarbonFeedConfig, PriceFeedConfig, SolarFeedConfig } from './feed-config.ts';
import type { SecretOf } from './open-sources.ts';

/** @param usualPerKwh of the tariff, in the feed's own terms: what it says is held against it */
export function openPriceFeed(
  config: PriceFeedConfig,
  usualPerKwh: number,
  secretOf: SecretOf,
): SlotFeed<PriceSlot> {
  const feed = httpFeed(config.type, priceFormat(config, secretOf));
  return plausiblePrices(config.type, feed, usualPerKwh);
}

export function openCarbonFeed(config: CarbonFeedConfig, secretOf: SecretOf): SlotFeed<CarbonSlot> {
  return plausibleCarbon(config.type, httpFeed(config.type, carbonFormat(config, secretOf)));
}

export function openSolarFeed(config: SolarFeedConfig): SlotFeed<SolarSlot> {
  const { type, latitude, longitude, tilt, azimuth, peakKw } = config;
  const format = type === 'open-meteo' ? openMeteo : forecastSolar;
  return plausibleSun(type, httpFeed(type, format(latitude, longitude, tilt, azimuth, peakKw)), peakKw);
}

function priceFormat(config: PriceFeedConfig, secretOf: SecretOf): FeedFormat<PriceSlot> {
  switch (config.type) {
    case 'octopus':
      return octopus(config.product, config.region);
    case 'tibber':
      return tibber(secretOf(config.tokenSecret), config.home);
    case 'awattar':
      return awattar(config.country, config.url);
    case 'nord-pool':
      return nordPool(config.area, config.currency);
    case 'energy-charts':
      return energyCharts(config.zone);
    case 'entso-e':
      return entsoE(config.area, secretOf(config.keySecret));
  }
}

function carbonFormat(config: CarbonFeedConfig, secretOf: SecretOf): FeedFormat<CarbonSlot> {
  switch (config.type) {
    case 'uk-carbon':
      return ukCarbon(config.outcode);
    case 'electricity-maps':
      return electricityMaps(config.zone, secretOf(config.tokenSecret));
    case 'watttime':
      return wattTime(config.region, secretOf(config.tokenSecret));
  }
}
